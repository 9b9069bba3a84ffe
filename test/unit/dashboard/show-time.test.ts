/** Tests of how the page shows times and durations. */
import { describe, expect, it } from 'vitest';
import { sayDuration, sayExact, sayRelative } from '../../../src/dashboard/state/show-time.js';

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
  ])('%s is shown as %s', (time, shown) => {
    expect(sayRelative(time, NOW)).toBe(shown);
  });

  it('is exact to the second on hover', () => {
    expect(sayExact('2026-11-26T12:00:07Z')).toMatch(/2026.*:00:07/);
  });
});

it.each([
  [0.4, '0 ms'],
  [999, '999 ms'],
  [1000, '1.0 s'],
  [59_940, '59.9 s'],
  [180_000, '3 min'],
])('a duration of %d ms is shown as %s', (ms, shown) => {
  expect(sayDuration(ms)).toBe(shown);
});
