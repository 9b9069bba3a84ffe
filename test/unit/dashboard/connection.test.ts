/** Tests of when the page polls, and of how current it says its data is. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  afterPoll,
  type Connection,
  type PollResult,
  pauseOf,
  START,
} from '../../../src/dashboard/state/connection.js';

describe('the connection', () => {
  const FAILED: PollResult = { kind: 'unreachable' };
  const anyResult = fc.constantFrom<PollResult>(
    { kind: 'answered' },
    { kind: 'refused', why: 'PostgreSQL is away.' },
    { kind: 'unauthorized' },
    FAILED,
  );
  const replay = (results: readonly PollResult[]) =>
    results.reduce<Connection>((before, one, at) => afterPoll(before, one, at + 1), START);

  it('is live exactly if the last poll was answered, and holds the time of the last answer', () => {
    fc.assert(
      fc.property(fc.array(anyResult), (results) => {
        const now = replay(results);
        const last = results.findLastIndex(({ kind }) => kind === 'answered');
        expect(now.state === 'live').toBe(last >= 0 && last === results.length - 1);
        expect(now.confirmedAt).toBe(last < 0 ? undefined : last + 1);
        expect(now.failures).toBe(results.length - 1 - last);
      }),
    );
  });

  it('has the page poll every 15 s while it is live, and after at most 2 min otherwise', () => {
    fc.assert(
      fc.property(fc.array(anyResult, { minLength: 1 }), (results) => {
        const now = replay(results);
        const pause = pauseOf(now);
        if (now.state === 'unauthorized') expect(pause).toBeUndefined();
        else if (now.state === 'live') expect(pause).toBe(15_000);
        else expect(pause! >= 2000 && pause! <= 120_000, `${pause}`).toBe(true);
      }),
    );
  });

  it('has the page wait longer after each failure', () => {
    const pauses = [1, 2, 3, 4, 5, 6, 7, 8].map((count) => pauseOf(replay(Array(count).fill(FAILED))));
    expect(pauses).toEqual([2000, 4000, 8000, 16_000, 32_000, 64_000, 120_000, 120_000]);
  });

  it('holds the reason that the service gave, until the next result', () => {
    const refused = replay([{ kind: 'answered' }, { kind: 'refused', why: 'PostgreSQL is away.' }]);
    expect(refused).toEqual({ state: 'stale', confirmedAt: 1, failures: 1, why: 'PostgreSQL is away.' });
    expect(afterPoll(refused, { kind: 'answered' }, 9).why).toBe('');
    expect(afterPoll(refused, FAILED, 9)).toEqual({ state: 'offline', confirmedAt: 1, failures: 2, why: '' });
  });
});
