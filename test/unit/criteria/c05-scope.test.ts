import { describe, expect, it } from 'vitest';
import { c05Scope } from '../../../src/criteria/c05-scope.js';
import { judge, SCOPE, text } from './values.js';

const scope = (content: string) => judge(c05Scope, { 'SCOPE.md': text(content) });

describe('C5 SCOPE.md', () => {
  it('passes with all eleven sections and a capability block that can be read', () => {
    expect(scope(SCOPE)).toMatchObject({ status: 'pass', detail: 'SCOPE.md has all 11 sections.' });
  });

  it('compares headings trimmed and without case', () => {
    expect(scope(SCOPE.replace('## In Scope', '##   IN SCOPE   ##')).status).toBe('pass');
  });

  it('fails where the file is absent', () => {
    const verdict = judge(c05Scope, { 'SCOPE.md': { state: 'absent' } });
    expect(verdict.status).toBe('fail');
    expect(verdict.remedy).toContain('Provided Capabilities');
  });

  it('fails where the file is unsafe, with the reason', () => {
    const reason = 'SCOPE.md is a pipe (FIFO), not a regular file.';
    const verdict = judge(c05Scope, { 'SCOPE.md': { state: 'rejected', reason } });
    expect(verdict).toMatchObject({ status: 'fail', detail: reason });
  });

  it('warns of each missing section by name', () => {
    const verdict = scope(
      SCOPE.replace('## Terminology', '### Terminology').replace('## Core Idea', 'Core Idea'),
    );
    expect(verdict).toMatchObject({
      status: 'warn',
      detail: 'SCOPE.md lacks the sections Core Idea, Terminology (there is “### Terminology” at line 35).',
    });
    expect(verdict.remedy).toBe(
      'Add each missing section as a level-2 heading (`## …`). Then check it: `doi check PATH`.',
    );
  });

  it('when each missing section has a near heading, then the remedy is to rename these', () => {
    const verdict = scope(SCOPE.replace('## Terminology', '## 9. Terminology'));
    expect(verdict.detail).toMatch(
      /lacks the sections Terminology \(there is “## 9\. Terminology” at line \d+\)\.$/,
    );
    expect(verdict.remedy).toBe(
      'Write each heading named exactly like the section, at level 2 (`## …`). Then check it: `doi check PATH`.',
    );
  });

  it('warns of all eleven for an empty file', () => {
    const verdict = scope('');
    expect(verdict.status).toBe('warn');
    expect(verdict.detail).toContain('One-liner');
    expect(verdict.detail).toContain('Provided Capabilities');
  });

  it('warns of a capability block that does not parse, with its line', () => {
    const broken = SCOPE.replace('title: Widget service', 'title: [');
    const line = broken.split('\n').indexOf('title: [') + 1;
    const verdict = scope(broken);
    expect(verdict.status).toBe('warn');
    expect(verdict.detail).toMatch(/has 1 capability block that cannot be read \(line \d+: /);
    expect(Number(/line (\d+)/.exec(verdict.detail)?.[1])).toBeGreaterThanOrEqual(line);
  });

  it('names the first three broken blocks and counts the rest', () => {
    const verdict = scope(`${SCOPE}\n${'```capability\n- 1\n```\n'.repeat(5)}`);
    expect(verdict.detail).toContain('5 capability blocks');
    expect(verdict.detail).toContain('and 2 more');
  });

  it('does not count a heading inside a fence', () => {
    const verdict = scope(SCOPE.replace('## Terminology', '```\n## Terminology\n```'));
    expect(verdict.detail).toBe('SCOPE.md lacks the sections Terminology.');
  });
});
