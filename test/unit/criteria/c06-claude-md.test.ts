import { describe, expect, it } from 'vitest';
import { c06ClaudeMd } from '../../../src/criteria/c06-claude-md.js';
import { judge, text } from './values.js';

describe('C6 CLAUDE.md', () => {
  it('passes where the file is there, even if it is empty', () => {
    expect(judge(c06ClaudeMd, { 'CLAUDE.md': text('') }).status).toBe('pass');
  });

  it('fails where it is absent', () => {
    const verdict = judge(c06ClaudeMd, { 'CLAUDE.md': { state: 'absent' } });
    expect(verdict).toMatchObject({
      status: 'fail',
      detail: 'There is no CLAUDE.md at the root or in .claude.',
    });
    expect(verdict.remedy).toContain('Add CLAUDE.md');
  });

  it('passes where the file is in .claude', () => {
    const files = { 'CLAUDE.md': { state: 'absent' }, '.claude/CLAUDE.md': text('') } as const;
    expect(judge(c06ClaudeMd, files)).toMatchObject({ status: 'pass', detail: 'CLAUDE.md is in .claude.' });
  });

  it.each([
    ['AGENTS.md', 'Let CLAUDE.md be a link to it: `ln -s AGENTS.md CLAUDE.md`.'],
    ['Claude.md', 'Rename it: `mv Claude.md CLAUDE.md`.'],
  ])('when there is %s instead, then it is named, and what to do with it', (instead, remedy) => {
    expect(judge(c06ClaudeMd, { 'CLAUDE.md': { state: 'absent', instead } })).toMatchObject({
      detail: `There is no CLAUDE.md at the root or in .claude, but ${instead}.`,
      remedy,
    });
  });

  it('fails where it is unsafe, with the reason', () => {
    const reason = 'CLAUDE.md is a link that leads out of the checkout.';
    expect(judge(c06ClaudeMd, { 'CLAUDE.md': { state: 'rejected', reason } })).toMatchObject({
      status: 'fail',
      detail: reason,
    });
  });
});
