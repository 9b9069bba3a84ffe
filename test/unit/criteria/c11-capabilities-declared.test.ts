import { describe, expect, it } from 'vitest';
import { c11CapabilitiesDeclared } from '../../../src/criteria/c11-capabilities-declared.js';
import { CAPABILITY, judge, text } from './values.js';

const scope = (content: string) => judge(c11CapabilitiesDeclared, { 'SCOPE.md': text(content) });

describe('C11 Capabilities declared', () => {
  it('passes with a capability block anywhere', () => {
    expect(scope(CAPABILITY)).toMatchObject({ status: 'pass', detail: 'SCOPE.md has 1 capability block.' });
  });

  it('leaves it to C5 whether the block can be read', () => {
    expect(scope('```capability\n[\n```').status).toBe('pass');
  });

  it('passes where the section says none', () => {
    const verdict = scope('## Provided Capabilities\n\nNone.\n');
    expect(verdict).toMatchObject({
      status: 'pass',
      detail: 'SCOPE.md says that the repository provides no capabilities.',
    });
  });

  it('fails where the section says something else, and where there is no section', () => {
    expect(scope('## Provided Capabilities\n\nTo be written.\n').status).toBe('fail');
    expect(scope('None.\n').status).toBe('fail');
  });

  it('fails where the file is absent or unsafe', () => {
    const absent = judge(c11CapabilitiesDeclared, { 'SCOPE.md': { state: 'absent' } });
    expect(absent.status).toBe('fail');
    expect(absent.remedy).toContain('`capability`');
    const reason = 'SCOPE.md is not UTF-8 text.';
    const rejected = judge(c11CapabilitiesDeclared, { 'SCOPE.md': { state: 'rejected', reason } });
    expect(rejected).toMatchObject({ status: 'fail', detail: reason });
  });
});
