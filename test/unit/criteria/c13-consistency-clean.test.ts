import { describe, expect, it } from 'vitest';
import { c13ConsistencyClean } from '../../../src/criteria/c13-consistency-clean.js';
import type { Finding } from '../../../src/domain/input.js';
import { judge } from './values.js';

const found = (...findings: Finding[]) =>
  judge(c13ConsistencyClean, { findings: { state: 'checked', findings } });

describe('C13 Consistency clean', () => {
  it('passes without findings, and with INFO alone', () => {
    expect(found().status).toBe('pass');
    expect(found({ check: 'C-03', severity: 'INFO', message: 'x' }).status).toBe('pass');
  });

  it('does not count check C-12, whatever its severity', () => {
    expect(
      found(
        { check: 'C-12', severity: 'WARN', message: 'x' },
        { check: 'C-12', severity: 'FAIL', message: 'x' },
      ).status,
    ).toBe('pass');
  });

  it.each(['FAIL', 'WARN'] as const)('fails with one %s, and names it', (severity) => {
    const verdict = found({ check: 'C-11', severity, file: 'workplans/x.md', line: 9, message: 'no id' });
    expect(verdict).toMatchObject({
      status: 'fail',
      detail: `The consistency check found 1 ${severity}: C-11 workplans/x.md:9 no id.`,
    });
  });

  it('names a FAIL before a WARN', () => {
    const { detail } = found(
      { check: 'C-11', severity: 'WARN', message: 'second' },
      { check: 'C-02', severity: 'FAIL', message: 'first' },
    );
    expect(detail).toContain('1 FAIL, 1 WARN: C-02 first; C-11 second');
  });

  it.each([
    [[{ check: 'C-01' }], /^Add the folder workplans, if only with a README\.md/],
    [[{ check: 'C-02', file: 'workplans/x.md' }], /^Correct the workplans named\. docs/],
    [[{ check: 'C-06', file: 'workplans/x.md' }], /^Correct .*without a hub write `none`/],
    [
      [{ check: 'C-11', file: 'workplans/x.md' }, { check: 'C-01' }],
      /^Add .* Correct .*`state_hub_task_id: none`/,
    ],
    [[{ check: 'exit-code' }], /^Do what the checker says\. docs/],
  ])('when the findings are %j, then the remedy is of these', (findings, remedy) => {
    const severity = 'WARN' as const;
    expect(found(...findings.map((each) => ({ ...each, severity, message: 'x' }))).remedy).toMatch(remedy);
  });

  it('fails where the folder is over a limit', () => {
    const findings = { state: 'rejected', reason: 'workplans has more than 16 MiB of files.' } as const;
    expect(judge(c13ConsistencyClean, { findings }).status).toBe('fail');
  });
});
