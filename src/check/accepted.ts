/** Says of a check with a baseline what the baseline accepts, for the formats, and in one line how it stands to it. Pure. */
import { count } from '../domain/text.js';
import { BY_CHECKER, type CriterionId } from '../domain/verdict.js';
import type { CheckAnswer } from './check-answer.js';
import type { FingerprintedFinding } from './fingerprint-findings.js';
import { nameNotJudged } from './registry-options.js';

export interface Accepted {
  /** Whether a criterion is as the baseline has it, or better. */
  criterion(id: CriterionId): boolean;
  finding(finding: FingerprintedFinding): boolean;
}

/** Null where nothing was compared. A criterion that is not in the baseline is not accepted, though it ends no build. */
export function acceptedBy({ baseline }: CheckAnswer): Accepted | null {
  if (baseline === undefined || baseline.outcome === 'written' || baseline.outcome === 'refused') return null;
  const { worse, not_in_baseline: others, new_findings: added, counts, outcome } = baseline;
  const refused = new Set([...worse.map(({ id }) => id), ...others]);
  const fresh = new Set(added.map(({ fingerprint }) => fingerprint));
  // Which ones are new among too many to list is not known.
  const areMore = counts !== null && outcome === 'worse';
  const hasNew = (id: CriterionId) =>
    areMore || added.some(({ severity }) => id === 'C13' || severity === 'FAIL');
  return {
    criterion: (id) => !refused.has(id) && !(BY_CHECKER.includes(id) && hasNew(id)),
    finding: ({ fingerprint, severity }) => severity === 'INFO' || !(areMore || fresh.has(fingerprint)),
  };
}

/** How a check stands to its baseline, in one line without text of a repository; null where there is none. */
export function describeStanding({ baseline }: CheckAnswer): string | null {
  if (baseline === undefined) return null;
  const { outcome, worse, new_findings: added, counts, not_judged: notJudged } = baseline;
  if (outcome === 'written') return 'The baseline is written.';
  if (outcome === 'met') return 'Nothing is worse than the baseline.';
  const named = nameNotJudged(notJudged);
  if (outcome === 'refused') return `The baseline is not written: ${named} not judged.`;
  if (outcome === 'unknown')
    return `Nothing that was judged is worse than the baseline: ${named} not judged.`;
  const parts = [
    ...worse.map(({ id, was, now }) => `${id} was ${was.replace('_', ' ')}, now ${now}`),
    ...(added.length === 0 ? [] : [count(added.length, 'new finding')]),
    ...(counts === null
      ? []
      : [`too many findings to list, now ${counts.now.FAIL} FAIL, ${counts.now.WARN} WARN`]),
  ];
  return `Worse than the baseline: ${parts.join('; ')}.`;
}
