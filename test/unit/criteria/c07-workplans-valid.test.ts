import { describe, expect, it } from 'vitest';
import { c07WorkplansValid } from '../../../src/criteria/c07-workplans-valid.js';
import type { Finding } from '../../../src/domain/input.js';
import { judge } from './values.js';

const fail = (line: number): Finding => ({
  check: 'C-02',
  severity: 'FAIL',
  file: 'workplans/x.md',
  line,
  message: 'no `id`',
});
const found = (...findings: Finding[]) =>
  judge(c07WorkplansValid, { findings: { state: 'checked', findings } });

describe('C7 Workplans valid', () => {
  it('passes without findings', () => {
    expect(found()).toMatchObject({
      status: 'pass',
      detail: 'The consistency check found no FAIL (no findings).',
    });
  });

  it('passes with WARN and INFO, and counts them', () => {
    const verdict = found(
      { check: 'C-01', severity: 'WARN', message: 'x' },
      { check: 'C-03', severity: 'INFO', message: 'x' },
    );
    expect(verdict).toMatchObject({
      status: 'pass',
      detail: 'The consistency check found no FAIL (1 WARN, 1 INFO).',
    });
  });

  it('fails with one FAIL and names check, file, line and message', () => {
    expect(found(fail(3))).toMatchObject({
      status: 'fail',
      detail: 'The consistency check found 1 FAIL: C-02 workplans/x.md:3 no `id`.',
    });
  });

  it('names the first three and counts the rest', () => {
    const { detail } = found(fail(1), fail(2), fail(3), fail(4), fail(5));
    expect(detail).toContain('5 FAIL');
    expect(detail).toContain('workplans/x.md:3');
    expect(detail).not.toContain('workplans/x.md:4');
    expect(detail).toContain('and 2 more');
  });

  it('counts a FAIL of check C-12 too', () => {
    expect(found({ check: 'C-12', severity: 'FAIL', message: 'x' }).status).toBe('fail');
  });

  it('fails where the folder is over a limit, with the reason', () => {
    const reason = 'workplans has more than 5,000 entries.';
    const verdict = judge(c07WorkplansValid, { findings: { state: 'rejected', reason } });
    expect(verdict.status).toBe('fail');
    expect(verdict.detail).toContain('more than 5,000 entries');
  });
});
