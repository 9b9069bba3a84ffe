/** Answers of a check for tests. */
import fc from 'fast-check';
import type { Judged } from '../../../src/check/baseline.js';
import { fingerprintFindings } from '../../../src/check/fingerprint-findings.js';
import type { Finding, Severity } from '../../../src/domain/input.js';
import { CRITERION_IDS, type CriterionId, STATUSES, type Status } from '../../../src/domain/verdict.js';
import { makeVerdict } from '../client/server-reports.js';

/** An answer in which every criterion passes, but for these. */
export function makeJudged(
  statuses: Partial<Record<CriterionId, Status>> = {},
  findings: readonly Finding[] = [],
  notJudged: readonly CriterionId[] = [],
): Judged {
  const criteria = CRITERION_IDS.map((id) =>
    makeVerdict(id, notJudged.includes(id) ? 'skip' : (statuses[id] ?? 'pass')),
  );
  return { criteria, not_judged: notJudged, findings: fingerprintFindings(findings) };
}

export function makeFinding(message: string, severity: Severity = 'WARN'): Finding {
  return { check: 'C-02', severity, file: 'workplans/a.md', line: 3, message };
}

const finding = fc.record({
  message: fc.constantFrom('one', 'two', 'three', 'four'),
  severity: fc.constantFrom<Severity>('FAIL', 'WARN', 'INFO'),
});

/** Any answer; the verdicts of C7 and C13 need not fit the findings. */
export const anyJudged: fc.Arbitrary<Judged> = fc
  .record({
    statuses: fc.array(fc.constantFrom<Status>(...STATUSES), { minLength: 14, maxLength: 14 }),
    findings: fc.array(finding, { maxLength: 5 }),
    notJudged: fc.oneof(fc.constant([]), fc.subarray<CriterionId>(['C1', 'C2', 'C8', 'C9', 'C10', 'C14'])),
  })
  .map(({ statuses, findings, notJudged }) =>
    makeJudged(
      Object.fromEntries(CRITERION_IDS.map((id, index) => [id, statuses[index]])),
      findings.map(({ message, severity }) => makeFinding(message, severity)),
      notJudged,
    ),
  );
