import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fingerprintFindings } from '../../../src/check/fingerprint-findings.js';
import type { Finding } from '../../../src/domain/input.js';

const finding: Finding = { check: 'C-02', severity: 'FAIL', file: 'workplans/a.md', line: 3, message: 'bad' };
const prints = (...findings: Finding[]) => fingerprintFindings(findings).map((one) => one.fingerprint);

describe('the fingerprint of a finding', () => {
  it('has these 32 digits, which the files of users keep: it changes for none of them without a new version', () => {
    expect(fingerprintFindings([finding])).toEqual([
      { ...finding, fingerprint: '50d5f163fbf1ff25f8ba87e4b8d75c02' },
    ]);
  });

  it('stays the same when the finding moves to another line or gets another severity', () => {
    expect(prints({ ...finding, line: 99, severity: 'WARN' })).toEqual(prints(finding));
  });

  it('covers no message of a checker that reports by its exit code alone', () => {
    const byCode = { check: 'exit-code', severity: 'FAIL', message: 'took 3 s' } as const;
    expect(prints({ ...byCode, message: 'took 4 s' })).toEqual(prints(byCode));
  });

  it.each([
    ['check', { check: 'C-03' }],
    ['file', { file: 'workplans/b.md' }],
    ['message', { message: 'worse' }],
  ])('differs when the %s differs', (_, other) => {
    expect(prints({ ...finding, ...other })).not.toEqual(prints(finding));
  });

  it('is another for each of any findings, and does not depend on the order of those that differ', () => {
    const texts = fc.constantFrom('a', 'b', 'a","b', '');
    const findings = fc.array(
      fc.record({
        check: texts,
        severity: fc.constantFrom('FAIL' as const, 'WARN' as const),
        file: fc.option(texts, { nil: undefined }),
        line: fc.option(fc.nat(), { nil: undefined }),
        message: texts,
      }),
    );
    fc.assert(
      fc.property(findings, (all) => {
        expect(new Set(prints(...all)).size).toBe(all.length);
        expect(prints(...all.toReversed()).sort()).toEqual(prints(...all).sort());
      }),
    );
  });
});
