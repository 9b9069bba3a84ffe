/** Says of a check with a baseline what the baseline accepts, for the formats. Pure. */
import { countsFor, isFault } from '../domain/counted-findings.js';
import { BY_CHECKER, type CriterionId } from '../domain/verdict.js';
import type { CheckAnswer } from './check-answer.js';
import type { FingerprintedFinding } from './fingerprint-findings.js';

export interface Accepted {
  /** Whether a criterion is as the baseline has it, or better. */
  criterion(id: CriterionId): boolean;
  finding(finding: FingerprintedFinding): boolean;
}

/** Null where nothing was compared. What is not in the baseline or could not be judged is not accepted, though it may end no build. */
export function acceptedBy({ baseline }: CheckAnswer): Accepted | null {
  if (baseline === undefined || baseline.outcome === 'written' || baseline.outcome === 'refused') return null;
  const { worse, not_in_baseline: others, not_judged: notJudged, new_findings: added } = baseline;
  const refused = new Set([...worse.map(({ id }) => id), ...others, ...notJudged]);
  const fresh = new Set(added.map(({ fingerprint }) => fingerprint));
  // Which ones are new among too many to list is not known.
  const areMore = baseline.counts !== null && baseline.outcome === 'worse';
  const hasNew = (id: CriterionId) => areMore || added.some((finding) => countsFor(id, finding));
  return {
    criterion: (id) => !refused.has(id) && !(BY_CHECKER.includes(id) && hasNew(id)),
    finding: (finding) => !isFault(finding) || !(areMore || fresh.has(finding.fingerprint)),
  };
}
