import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { nearestSlug } from '../../../src/store/repositories/unknown-repository.js';

describe('the nearest slug', () => {
  it.each([
    ['widgt', 'widget'],
    ['wdiget', 'widget'],
    ['gadge', 'gadget'],
    ['hub', 'state-hub'],
    ['zzzzzz', undefined],
    ['', undefined],
    ['x', undefined],
    ['abc', undefined],
    ['anything-with-c', undefined],
    ['web', undefined],
  ])('is for %j the slug %j', (given, near) => {
    expect(nearestSlug(given, ['c', 'gadget', 'state-hub', 'web-of-things-that-is-long', 'widget'])).toBe(
      near,
    );
  });

  it('is one with the fewest edits, as the whole table of distances shows', () => {
    const slug = fc.stringMatching(/^[ab-]{1,9}$/);
    fc.assert(
      fc.property(slug, fc.array(slug, { minLength: 1 }), (given, known) => {
        const limit = Math.min(3, Math.floor(given.length / 3));
        const fewest = Math.min(...known.map((one) => distance(given, one)));
        const near = nearestSlug(given, known);
        if (fewest <= limit) expect(distance(given, near ?? '')).toBe(fewest);
        else if (near !== undefined) expect(near.includes(given) || given.includes(near)).toBe(true);
      }),
    );
  });

  it('is not searched when the text is longer than a mistyped slug, which takes almost no time', () => {
    expect(nearestSlug('a'.repeat(65), ['a'.repeat(64)])).toBeUndefined();
    const known = Array.from({ length: 1000 }, (_, index) => `${'ab'.repeat(30)}${index}`);
    const times = Array.from({ length: 5 }, () => {
      const began = performance.now();
      nearestSlug('ba'.repeat(31), known);
      return performance.now() - began;
    });
    // About 1 ms where it was measured. A machine may be busy once, not five times.
    expect(Math.min(...times)).toBeLessThan(50);
  });

  it('is the slug itself when that is known', () => {
    const slug = fc.stringMatching(/^[a-z]{1,20}$/);
    fc.assert(
      fc.property(slug, fc.array(slug), (given, others) => {
        expect(nearestSlug(given, [...others, given])).toBe(given);
      }),
    );
  });
});

/** Levenshtein's distance by its definition. */
function distance(from: string, to: string): number {
  if (from === '' || to === '') return from.length + to.length;
  const table = [...`${from} `].map((_, i) => [...`${to} `].map((__, j) => (i === 0 ? j : i)));
  for (let i = 1; i <= from.length; i += 1) {
    for (let j = 1; j <= to.length; j += 1) {
      const above = table[i - 1] ?? [];
      const same = from[i - 1] === to[j - 1] ? 0 : 1;
      const row = table[i] ?? [];
      row[j] = Math.min((above[j - 1] ?? 0) + same, (above[j] ?? 0) + 1, (row[j - 1] ?? 0) + 1);
    }
  }
  return table[from.length]?.[to.length] ?? 0;
}
