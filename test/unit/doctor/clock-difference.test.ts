import fc from 'fast-check';
import { expect, it } from 'vitest';
import { judgeClock, measureClock } from '../../../src/doctor/clock-difference.js';

/** A host's clock, and a server's that is ahead of it; each answer is under way for one of these times. */
function clocks(aheadMs: number, ways: readonly (readonly [to: number, back: number])[]) {
  let now = 1_000_000;
  let asked = 0;
  return {
    clock: { now: () => now },
    ask: async () => {
      const [to, back] = ways[asked++ % ways.length] ?? [0, 0];
      now += to;
      const theirs = now + aheadMs;
      now += back;
      return theirs;
    },
  };
}

it('measures a difference within its stated uncertainty, even when the two ways of the round trip differ', async () => {
  const way = fc.tuple(fc.integer({ min: 0, max: 5000 }), fc.integer({ min: 0, max: 5000 }));
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: -200_000, max: 200_000 }),
      fc.array(way, { minLength: 1, maxLength: 5 }),
      async (ahead, ways) => {
        const { clock, ask } = clocks(ahead, ways);
        const { ms, uncertaintyMs } = await measureClock(clock, ask);
        expect(Math.abs(ms - ahead)).toBeLessThanOrEqual(uncertaintyMs);
        const fastest = Math.min(...ways.map(([to, back]) => to + back));
        expect(uncertaintyMs).toBe(fastest / 2);
      },
    ),
  );
});

it.each([
  [0, 1, 'ok'],
  [1000, 0, 'ok'],
  [-1500, 600, 'ok'],
  [1001, 0, 'warning'],
  [-1001, 0, 'warning'],
  [60_000, 0, 'warning'],
  [60_500, 600, 'warning'],
  [60_001, 0, 'problem'],
  [-60_001, 0, 'problem'],
])('judges %i ms ± %i ms as %s: only what is certain counts', (ms, uncertaintyMs, state) => {
  expect(judgeClock('PostgreSQL', { ms, uncertaintyMs }).state).toBe(state);
});

it('shows how large the difference is, in which direction, and how certain', () => {
  expect(judgeClock('Redis', { ms: -2500, uncertaintyMs: 3.2 })).toMatchObject({
    found: "Redis's clock is 2.5 s behind this host's (± 4 ms, half the round trip).",
    remedy: expect.stringContaining('NTP'),
  });
});
