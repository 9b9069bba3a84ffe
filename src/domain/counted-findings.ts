/** Which findings of the checker count for a criterion: one rule for verdicts, baselines, formats and locations. */
import type { Finding } from './input.js';
import { BY_CHECKER, type CriterionId } from './verdict.js';

/** The check of the hub's checker whose findings do not count for C13. */
const NOT_CLEAN = 'C-12';

/** Whether a finding is a reason for a criterion to fail. Never for one that the checker does not judge. */
export function countsFor(
  id: CriterionId,
  { check, severity }: Pick<Finding, 'check' | 'severity'>,
): boolean {
  if (id === 'C7') return severity === 'FAIL';
  return id === 'C13' && severity !== 'INFO' && check !== NOT_CLEAN;
}

/** Whether a finding counts for any criterion. */
export function isFault(finding: Pick<Finding, 'check' | 'severity'>): boolean {
  return BY_CHECKER.some((id) => countsFor(id, finding));
}
