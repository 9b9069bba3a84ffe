import { describe, expect, it } from 'vitest';
import type { StaleReason } from '../../../src/domain/freshness.js';
import { groupReasons } from '../../../src/domain/stale-groups.js';

const reason = (input: StaleReason['input'], text: string, code: StaleReason['code'] = 'input_changed') => ({
  ...{ input, text, code, was: 'a', now: 'b' },
});
const said = (...reasons: StaleReason[]) => groupReasons(reasons).map(({ text }) => text);

describe('reasons to be stale', () => {
  it('when they say the same of several inputs, then they become one sentence, in the place of the first', () => {
    const why = 'was not compared: the host is silent.';
    expect(
      said(
        reason('SCOPE.md', `SCOPE.md ${why}`, 'not_verified'),
        reason('goal', 'The goals of the repository changed.'),
        reason('checkout', `checkout ${why}`, 'not_verified'),
      ),
    ).toEqual([
      'SCOPE.md and checkout were not compared: the host is silent.',
      'The goals of the repository changed.',
    ]);
  });

  it('when files were edited at different times, then the sentence has the last time', () => {
    expect(
      said(
        reason('SCOPE.md', 'SCOPE.md was edited at 2026-11-22T14:09:25.801Z.'),
        reason('CLAUDE.md', 'CLAUDE.md was edited at 2026-11-22T14:09:25.802Z.'),
        reason('tpsc.yaml', 'tpsc.yaml was edited at 2026-11-22T14:09:25.800Z.'),
      ),
    ).toEqual(['SCOPE.md, CLAUDE.md and tpsc.yaml were edited, the last one at 2026-11-22T14:09:25.802Z.']);
  });

  it('when their sentences or codes differ, then each stays as it is', () => {
    const all = [
      reason('SCOPE.md', 'SCOPE.md was edited at 2026-11-22T14:09:25.801Z.'),
      reason('CLAUDE.md', 'CLAUDE.md was removed.'),
      reason('tpsc.yaml', 'tpsc.yaml was removed.', 'unsettled'),
      reason('age', 'C5: last judged at 2026-11-22T14:09:25.801Z, which is over the age limit.', 'over_age'),
    ];
    expect(said(...all)).toEqual(all.map(({ text }) => text));
  });

  it('when they are grouped, then the group keeps each of them with its versions', () => {
    const all = [reason('SCOPE.md', 'SCOPE.md was added.'), reason('CLAUDE.md', 'CLAUDE.md was added.')];
    expect(groupReasons(all)).toEqual([
      { code: 'input_changed', text: 'SCOPE.md and CLAUDE.md were added.', reasons: all },
    ]);
  });
});
