import { describe, expect, it } from 'vitest';
import { locateCriteria, relativeFinding } from '../../../src/check/locate-criteria.js';
import type { Finding, InputValues, TextFile } from '../../../src/domain/input.js';
import { CRITERION_IDS, type Status } from '../../../src/domain/verdict.js';

const absent: TextFile = { state: 'absent' };
const present = (text: string): TextFile => ({ state: 'present', text });

function locate(values: Partial<InputValues>, status: Status = 'fail') {
  const verdicts = CRITERION_IDS.map((id) => ({
    ...{ id, label: id, tier: 'core', status, detail: '', remedy: null },
  })) as Parameters<typeof locateCriteria>[1];
  const nothing = {
    'SCOPE.md': absent,
    'CLAUDE.md': absent,
    '.claude/CLAUDE.md': absent,
    'tpsc.yaml': absent,
  };
  const checkout = { state: 'present', host: 'here', path: '/code/a' } as const;
  return locateCriteria({ ...nothing, checkout, findings: checked(), ...values }, verdicts);
}

function checked(...findings: Finding[]): InputValues['findings'] {
  return { state: 'checked', findings };
}

const finding = (severity: Finding['severity'], file?: string, line?: number): Finding => ({
  ...{ check: 'C-02', severity, message: '', file, line },
});

describe('the location of a criterion', () => {
  it('is that of a finding that counts for it: C-12 is none for C13', () => {
    const notCounted = { ...finding('FAIL', 'workplans/a.md', 3), check: 'C-12' };
    const found = locate({ findings: checked(notCounted, finding('WARN', 'workplans/b.md', 7)) });
    expect(found).toMatchObject({
      C7: { file: 'workplans/a.md', line: 3 },
      C13: { file: 'workplans/b.md', line: 7 },
    });
  });

  it('is the file that it misses, and null where it is about the registry or all of the checkout', () => {
    expect(locate({})).toEqual({
      ...Object.fromEntries(CRITERION_IDS.map((id) => [id, null])),
      C5: { file: 'SCOPE.md', line: null },
      C6: { file: 'CLAUDE.md', line: null },
      C7: { file: 'workplans/README.md', line: null },
      C9: { file: 'tpsc.yaml', line: null },
      C11: { file: 'SCOPE.md', line: null },
      C12: { file: 'CLAUDE.md', line: null },
      C13: { file: 'workplans/README.md', line: null },
    });
  });

  it('is the CLAUDE.md of .claude only where there is none at the root', () => {
    const inFolder = { '.claude/CLAUDE.md': present('') };
    expect(locate(inFolder).C6?.file).toBe('.claude/CLAUDE.md');
    expect(locate({ ...inFolder, 'CLAUDE.md': present('') }).C12?.file).toBe('CLAUDE.md');
  });

  it('has the line of the first fault in a file, and none for a criterion that passes', () => {
    const values = {
      'SCOPE.md': present('# a\n\n```capability\n- [\n```\n\n# Core Idea\n'),
      'tpsc.yaml': present('services:\n  - a: [\n'),
    };
    expect(locate(values).C5).toEqual({ file: 'SCOPE.md', line: 4 });
    expect(locate(values).C9?.line).toBeGreaterThan(1);
    expect(locate(values, 'pass')).toMatchObject({ C5: { line: null }, C9: { line: null } });
  });

  it('is for C7 and C13 the first finding with a file that counts, a FAIL before a WARN', () => {
    const findings = checked(
      finding('INFO', 'workplans/i.md', 1),
      finding('WARN', 'workplans/w.md', 2),
      finding('FAIL'),
      finding('FAIL', '/code/a/workplans/f.md', 3),
    );
    expect(locate({ findings })).toMatchObject({
      C7: { file: 'workplans/f.md', line: 3 },
      C13: { file: 'workplans/f.md', line: 3 },
    });
    const warned = checked(finding('WARN', 'workplans/w.md', 2));
    expect(locate({ findings: warned })).toMatchObject({
      C7: { file: 'workplans/README.md', line: null },
      C13: { file: 'workplans/w.md', line: 2 },
    });
  });
});

describe('the file of a finding', () => {
  it('is a path within the checkout where the checker printed a whole path', () => {
    expect(relativeFinding(finding('FAIL', '/code/a/b.md'), '/code/a').file).toBe('b.md');
    expect(relativeFinding(finding('FAIL', '/code/abc/b.md'), '/code/a').file).toBe('/code/abc/b.md');
    expect(relativeFinding(finding('FAIL', 'b.md'), '/code/a').file).toBe('b.md');
    expect(relativeFinding(finding('FAIL', '/b.md'), '/').file).toBe('b.md');
    expect(relativeFinding(finding('FAIL'), '/code/a').file).toBeUndefined();
  });
});
