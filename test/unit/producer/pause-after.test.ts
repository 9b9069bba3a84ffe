import { expect, it } from 'vitest';
import { pauseAfter } from '../../../src/producer/watch.js';

it.each([
  [0, 30_000],
  [1000, 29_000],
  [3000, 27_000],
  [4000, 36_000],
])('pauses after a pass of %i ms so that passes take at most a tenth of the time', (took, pause) => {
  expect(pauseAfter(took, 30_000)).toBe(pause);
});

it.each([5000, 10_000, 20_000, 27_000])(
  'begins the next pass of %i ms before the host counts as silent',
  (took) => {
    // The next heartbeat comes after this pause and the next pass; until then that of this pass counts.
    expect(took + pauseAfter(took, 30_000) + took).toBeLessThanOrEqual(60_000);
  },
);

it('does not pause when a pass takes too long for that', () => {
  expect(pauseAfter(40_000, 30_000)).toBe(0);
});
