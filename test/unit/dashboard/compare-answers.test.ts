import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CRITERIA } from '../../../src/criteria/index.js';
import { markChanges } from '../../../src/dashboard/state/compare-answers.js';
import {
  afterAsk,
  type Connection,
  type Outcome,
  pauseOf,
  START,
} from '../../../src/dashboard/state/connection.js';
import { COLUMNS } from '../../../src/dashboard/state/criteria.js';
import { noteOver, type Over } from '../../../src/dashboard/state/over.js';
import { sayDuration, sayExact, sayRelative } from '../../../src/dashboard/state/show-time.js';
import { drawnOf, rowsOf } from '../../../src/dashboard/state/window.js';
import { anyEntries, makeEntry } from './entries.js';

it('the columns are the criteria, by id, label and tier', () => {
  expect(COLUMNS).toEqual(CRITERIA.map(({ id, label, tier }) => ({ id, label, tier })));
});

describe('a problem of a host', () => {
  type Hosts = Parameters<typeof noteOver>[1]['now'];
  const hosts = (problem: object, name = 'here') =>
    [{ host: name, silent: false, trouble: null, ...problem }] as unknown as Hosts;
  const well = hosts({});
  const broken = hosts({ trouble: { message: 'It broke.' } });
  const note = (told: readonly Over[], before: Hosts | undefined, now: Hosts, at = 7) =>
    noteOver(told, { before, now, at });
  const over = [{ host: 'here', what: 'It broke.', at: 7 }];

  it('is told as over when it was shown and is gone', () => {
    expect(note([], broken, well)).toEqual(over);
    expect(note([], hosts({ silent: true }), well)).toEqual([
      { host: 'here', what: 'Its worker did not report.', at: 7 },
    ]);
    expect(note([], well, well)).toEqual([]);
    expect(note([], undefined, well)).toEqual([]);
    expect(note([], broken, broken)).toEqual([]);
  });

  it('is told for a quarter of an hour, unless one begins anew or the host is taken off', () => {
    expect(note(over, well, well, 7 + 899_999)).toEqual(over);
    expect(note(over, well, well, 7 + 900_000)).toEqual([]);
    expect(note(over, well, broken)).toEqual([]);
    expect(note(over, well, hosts({}, 'there'))).toEqual([]);
  });
});

describe('polling', () => {
  const FAILED: Outcome = { kind: 'unreachable' };
  const outcome = fc.constantFrom<Outcome>(
    { kind: 'answered' },
    { kind: 'refused', why: 'PostgreSQL is away.' },
    { kind: 'unauthorized' },
    FAILED,
  );
  const replay = (outcomes: readonly Outcome[]) =>
    outcomes.reduce<Connection>((before, one, at) => afterAsk(before, one, at + 1), START);

  it('is live exactly after an answer, and knows when the last one was', () => {
    fc.assert(
      fc.property(fc.array(outcome), (outcomes) => {
        const now = replay(outcomes);
        const last = outcomes.findLastIndex(({ kind }) => kind === 'answered');
        expect(now.state === 'live').toBe(last >= 0 && last === outcomes.length - 1);
        expect(now.confirmedAt).toBe(last < 0 ? undefined : last + 1);
        expect(now.failures).toBe(outcomes.length - 1 - last);
      }),
    );
  });

  it('asks every 15 s while all is well, and never later than in 2 min', () => {
    fc.assert(
      fc.property(fc.array(outcome, { minLength: 1 }), (outcomes) => {
        const now = replay(outcomes);
        const pause = pauseOf(now);
        if (now.state === 'unauthorized') expect(pause).toBeUndefined();
        else if (now.state === 'live') expect(pause).toBe(15_000);
        else expect(pause! >= 2000 && pause! <= 120_000, `${pause}`).toBe(true);
      }),
    );
  });

  it('waits longer after each failure', () => {
    const pauses = [1, 2, 3, 4, 5, 6, 7, 8].map((count) => pauseOf(replay(Array(count).fill(FAILED))));
    expect(pauses).toEqual([2000, 4000, 8000, 16_000, 32_000, 64_000, 120_000, 120_000]);
  });

  it('says what the service said, and only while that holds', () => {
    const refused = replay([{ kind: 'answered' }, { kind: 'refused', why: 'PostgreSQL is away.' }]);
    expect(refused).toEqual({ state: 'stale', confirmedAt: 1, failures: 1, why: 'PostgreSQL is away.' });
    expect(afterAsk(refused, { kind: 'answered' }, 9).why).toBe('');
    expect(afterAsk(refused, FAILED, 9)).toEqual({ state: 'offline', confirmedAt: 1, failures: 2, why: '' });
  });
});

describe('what changed', () => {
  it('is nothing in a first answer, nor in the same one again', () => {
    fc.assert(
      fc.property(anyEntries, (entries) => {
        expect(markChanges(undefined, entries)).toEqual(new Set());
        expect(markChanges(entries, structuredClone(entries))).toEqual(new Set());
      }),
    );
  });

  it('is a tier, a staleness, a verdict, and a repository that is new', () => {
    const before = makeEntry({ statuses: { C1: 'pass', C2: 'fail' } as never });
    const changed = (change: object) => [...markChanges([before], [{ ...before, ...change }])];
    expect(changed({ tier: 'core' })).toEqual(['thing']);
    expect(changed({ stale: true })).toEqual(['thing']);
    expect(changed({ statuses: { C1: 'pass', C2: 'pass' } })).toEqual(['thing C2']);
    expect(changed({ checked_at: null })).toEqual([]);
    expect([...markChanges([], [before])]).toEqual(['thing', 'thing C1', 'thing C2']);
  });
});

describe('the rows that are drawn', () => {
  it('have all that is on the screen, and never many more', () => {
    const pixels = fc.integer({ min: -5000, max: 100_000 });
    fc.assert(
      fc.property(fc.nat({ max: 3000 }), pixels, fc.integer({ min: 1, max: 3000 }), (count, top, height) => {
        const { from, to } = drawnOf(count, { top, height, row: 32 });
        expect(from).toBeGreaterThanOrEqual(0);
        expect(to).toBeLessThanOrEqual(count);
        expect(from).toBeLessThanOrEqual(to);
        if (count > 200) expect(to - from).toBeLessThanOrEqual(Math.ceil(height / 32) + 26);
        for (let row = 0; row < count; row += 1) {
          const isSeen = (row + 1) * 32 > top && row * 32 < top + height;
          if (isSeen) expect(row >= from && row < to, `row ${row}`).toBe(true);
        }
      }),
    );
  });

  it('are each group with its own after it', () => {
    const entries = [makeEntry({ repo_slug: 'a' }), makeEntry({ repo_slug: 'b' })];
    const group = { domain: null, lowest: 'none', entries } as const;
    expect(rowsOf([group]).map(({ kind }) => kind)).toEqual(['group', 'entry', 'entry']);
  });
});

describe('a time', () => {
  const NOW = Date.parse('2026-11-26T12:00:00Z');
  it.each([
    ['2026-11-26T11:59:59Z', 'just now'],
    ['2026-11-26T12:00:59Z', 'just now'],
    ['2026-11-26T11:59:00Z', '1 min. ago'],
    ['2026-11-26T09:00:01Z', '2 hr. ago'],
    ['2026-11-25T12:00:00Z', 'yesterday'],
    ['2026-11-29T12:00:00Z', 'just now'],
    ['2024-11-01T12:00:00Z', '2 yr. ago'],
  ])('%s is %s', (time, said) => {
    expect(sayRelative(time, NOW)).toBe(said);
  });

  it('is exact to the second on hover', () => {
    expect(sayExact('2026-11-26T12:00:07Z')).toMatch(/2026.*:00:07/);
  });

  it.each([
    [0.4, '0 ms'],
    [999, '999 ms'],
    [1000, '1.0 s'],
    [59_940, '59.9 s'],
    [180_000, '3 min'],
  ])('that lasted %d ms is said as %s', (ms, said) => {
    expect(sayDuration(ms)).toBe(said);
  });
});
