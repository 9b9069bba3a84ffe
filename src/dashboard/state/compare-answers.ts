/** Compares an answer with the one before it: which cells changed, and which problems of hosts have ended. */
import type { HostAnswer } from '../../api/hosts.js';
import type { SummaryEntry } from '../../api/summary.js';
import type { CriterionId, Status } from '../../domain/verdict.js';

/** Names what changed: `slug` where its tier or staleness did, `slug C1` where a verdict did. Nothing in a first answer. */
export function findChanges(
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

/** A host whose problem was shown and has ended. A line that only vanishes is easily missed. */
export interface Recovery {
  readonly host: string;
  /** The problem, as it was shown. */
  readonly problem: string;
  /** When this page noticed the end, in milliseconds since the epoch. */
  readonly at: number;
}

/** How long the page shows a recovery. */
const SHOWN_MS = 15 * 60_000;

/** What is wrong with a host, in a few words; undefined where nothing is. */
export function problemOf({ silent, trouble }: HostAnswer): string | undefined {
  return silent ? 'Its worker did not report.' : trouble?.message;
}

/** The recoveries to show after an answer: the new ones, and earlier ones whose host has no problem again. */
export function findRecoveries(
  earlier: readonly Recovery[],
  { before, now, at }: { before: readonly HostAnswer[] | undefined; now: readonly HostAnswer[]; at: number },
): readonly Recovery[] {
  const problems = new Map(now.map((host) => [host.host, problemOf(host)]));
  const shown = (before ?? []).flatMap((host) => {
    const problem = problemOf(host);
    return problem === undefined ? [] : [{ host: host.host, problem, at }];
  });
  const latest = new Map([...earlier, ...shown].map((recovery) => [recovery.host, recovery]));
  return [...latest.values()].filter(
    ({ host, at: since }) => problems.has(host) && problems.get(host) === undefined && at - since < SHOWN_MS,
  );
}
