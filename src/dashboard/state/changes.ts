/** What is different between two answers, to be marked for a moment. */
import type { SummaryEntry } from '../../api/summary.js';
import type { CriterionId, Status } from '../../domain/verdict.js';

/** Names what changed: `slug` where its tier or staleness did, `slug C1` where a verdict did. Of a first answer, nothing. */
export function markChanges(
  before: readonly SummaryEntry[] | undefined,
  now: readonly SummaryEntry[],
): ReadonlySet<string> {
  const changed = new Set<string>();
  if (before === undefined) return changed;
  const known = new Map(before.map((entry) => [entry.repo_slug, entry]));
  for (const entry of now) {
    const was = known.get(entry.repo_slug);
    if (was === undefined || was.tier !== entry.tier || was.stale !== entry.stale)
      changed.add(entry.repo_slug);
    for (const [id, status] of Object.entries(entry.statuses) as [CriterionId, Status][]) {
      if (was?.statuses[id] !== status) changed.add(`${entry.repo_slug} ${id}`);
    }
  }
  return changed;
}
