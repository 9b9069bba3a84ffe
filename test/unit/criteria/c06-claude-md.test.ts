import { describe, expect, it } from 'vitest';
import { c06ClaudeMd } from '../../../src/criteria/c06-claude-md.js';
import { judge, text } from './values.js';

describe('C6 CLAUDE.md', () => {
  it('passes where the file is there, even empty', () => {
    expect(judge(c06ClaudeMd, { 'CLAUDE.md': text('') }).status).toBe('pass');
  });

  it('fails where it is absent', () => {
    const verdict = judge(c06ClaudeMd, { 'CLAUDE.md': { state: 'absent' } });
    expect(verdict).toMatchObject({ status: 'fail', detail: 'There is no CLAUDE.md at the root.' });
    expect(verdict.remedy).toContain('Add CLAUDE.md');
  });

  it('fails where it is unsafe, with the reason', () => {
    const reason = 'CLAUDE.md is a link that leads out of the checkout.';
    expect(judge(c06ClaudeMd, { 'CLAUDE.md': { state: 'rejected', reason } })).toMatchObject({
      status: 'fail',
      detail: reason,
    });
  });
});
