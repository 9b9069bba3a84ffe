import { describe, expect, it } from 'vitest';
import type { ChangeEntry, ChangesAnswer } from '../../../src/api/history.js';
import { formatChanges } from '../../../src/cli/format-changes.js';
import { plain } from '../../../src/cli/terminal.js';

const VIEW = {
  paint: plain,
  now: new Date('2026-03-20T12:00:00Z'),
  width: undefined,
  direction: 'all',
} as const;
const change = (given: Partial<ChangeEntry> = {}): ChangeEntry => ({
  ...{ repo_slug: 'widget', domain_slug: null, direction: 'worse', tier: 'core', at: '2026-03-20T09:00:00Z' },
  ...{ tier_was: 'full', tier_now: 'core', criteria: [{ id: 'C5', was: 'pass', now: 'fail' }] },
  changed: [{ input: 'SCOPE.md', was: '1', now: 'absent' }],
  ...given,
});
const answer = (given: Partial<ChangesAnswer> = {}): ChangesAnswer => ({
  ...{ since: '2026-03-13T12:00:00.000Z', known_since: '2026-01-01T00:00:00.000Z' },
  ...{ changes: [change()], next: null },
  ...given,
});

describe('changes on the terminal', () => {
  it('show time, repository, the two tiers, the criteria and the inputs that caused them', () => {
    const later = change({ repo_slug: 'gadget', tier: 'standard', changed: [], direction: 'mixed' });
    const first = change({ repo_slug: 'new', tier_was: null, direction: 'first' });
    expect(formatChanges(answer({ changes: [change(), later, first] }), VIEW)).toBe(
      [
        ' when     repository  tier                              criteria        because of',
        ' 3 h ago  widget      full → core                       C5 pass → fail  SCOPE.md',
        ' 3 h ago  gadget      full → core, standard at present  C5 pass → fail  –',
        ' 3 h ago  new         core at first                     –               SCOPE.md',
        '',
        '3 changes since 2026-03-13T12:00:00.000Z',
        '',
      ].join('\n'),
    );
  });

  it('fit the width of a terminal without losing anything', () => {
    const criteria = (['C5', 'C6', 'C7', 'C8', 'C9', 'C10'] as const).map((id) => ({
      ...({ id, was: 'pass', now: 'skip' } as const),
    }));
    const text = formatChanges(answer({ changes: [change({ criteria })] }), { ...VIEW, width: 80 });
    expect(Math.max(...text.split('\n').map((line) => line.length))).toBeLessThanOrEqual(80);
    for (const { id } of criteria) expect(text).toContain(`${id} `);
    expect(text).toContain('SCOPE.md');
  });

  it('show whether there are more, and since when changes are known', () => {
    const short = formatChanges(answer({ next: '7-7', known_since: '2026-03-19T00:00:00.000Z' }), VIEW);
    expect(short).toContain('1 change since 2026-03-13T12:00:00.000Z, and more before: add --cursor 7-7\n');
    expect(short).toContain('Nothing is known of the time before 2026-03-19T00:00:00.000Z.\n');
    expect(formatChanges(answer({ changes: [], known_since: null }), { ...VIEW, direction: 'worse' })).toBe(
      'No changes for the worse since 2026-03-13T12:00:00.000Z.\nNo repository has been judged yet.\n',
    );
  });

  it('show no control character of a repository', () => {
    const evil = 'bad\u001b[31m\u202etext\nmore';
    const text = formatChanges(answer({ changes: [change({ repo_slug: evil })], next: evil }), VIEW);
    expect(text).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202a-\u202e]/);
    expect(text).not.toMatch(/^more/m);
  });
});
