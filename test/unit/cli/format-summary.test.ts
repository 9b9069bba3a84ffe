import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { SummaryEntry } from '../../../src/api/summary.js';
import { formatSummary } from '../../../src/cli/format-summary.js';
import { plain, showAge } from '../../../src/cli/terminal.js';

const NOW = new Date('2026-03-20T12:00:00Z');

describe('the summary on the terminal', () => {
  it('is aligned text without borders when the output is no terminal', () => {
    const entries = [
      entry({ repo_slug: 'new', checked_at: null, stale: true }),
      entry({ repo_slug: 'widget', tier: 'core', failing: FAILING, broken: true }),
    ];
    const text = formatSummary(entries, { paint: plain, now: NOW, width: undefined });
    expect(text.split('\n').map((line) => line.replace(/ {2,}/g, ' | ').trim())).toEqual([
      'repository | tier | failing | what is next | age',
      'new | none | – | to be judged | not judged',
      'widget | core | C5 C12 | standard: SCOPE.md | 3 h, broken',
      '',
      '2 repositories: 1 core, 1 none; 1 stale, 1 broken ("doi why widget" says why)',
      '',
    ]);
  });

  it('is never wider than a terminal that has room for names and ages', () => {
    const slug = fc.stringMatching(/^[a-z][a-z0-9-]{0,24}$/);
    const rows = fc.array(fc.tuple(slug, fc.constantFrom('none', 'core'), fc.boolean()), {
      minLength: 1,
      maxLength: 5,
    });
    fc.assert(
      fc.property(rows, fc.integer({ min: 72, max: 200 }), (given, width) => {
        const entries = given.map(([repo_slug, tier, stale]) =>
          entry({ repo_slug, tier: tier as 'none', stale, failing: FAILING }),
        );
        const lines = formatSummary(entries, { paint: plain, now: NOW, width }).split('\n');
        expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(width);
        for (const { repo_slug } of entries)
          expect(lines.some((line) => line.includes(repo_slug))).toBe(true);
      }),
    );
  });

  it('shows no control character, and says what to do when nothing is registered', () => {
    const evil = entry({
      repo_slug: 'a\u001b[2J\u202eb',
      failing: [{ id: 'C1', label: 'x\u009b\ny', status: 'fail' }],
    });
    for (const width of [undefined, 100]) {
      const text = formatSummary([evil], { paint: plain, now: NOW, width });
      expect(text).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202e]/);
    }
    expect(formatSummary([], { paint: plain, now: NOW, width: 80 })).toContain('doi register');
  });

  it('when a filter matches nothing, then does not say that nothing is registered', () => {
    const text = formatSummary([], { paint: plain, now: NOW, width: 80, filtered: true });
    expect(text).toBe('No active repository is one of these: "doi summary" lists all.\n');
  });
});

describe('an age', () => {
  it.each([
    ['2026-03-18T11:00:00Z', '2 d'],
    ['2026-03-20T11:00:00Z', '1 h'],
    ['2026-03-20T11:59:59Z', '1 s'],
    ['2026-03-20T12:00:05Z', 'now'],
    ['nonsense', 'unknown'],
    [null, 'never'],
  ])('of %j is shown as %j', (at, shown) => {
    expect(showAge(at, NOW)).toBe(shown);
  });
});

const FAILING: SummaryEntry['failing'] = [
  { id: 'C5', label: 'SCOPE.md', status: 'fail' },
  { id: 'C12', label: 'Agents template', status: 'skip' },
];

function entry(given: Partial<SummaryEntry>): SummaryEntry {
  return {
    repo_slug: 'widget',
    domain_slug: 'default',
    tier: 'none',
    core_pass: false,
    standard_pass: false,
    full_pass: false,
    failing: [],
    statuses: {},
    checked_at: '2026-03-20T09:00:00Z',
    stale: false,
    stale_reasons: [],
    verified: 'observed',
    broken: false,
    ...given,
  };
}
