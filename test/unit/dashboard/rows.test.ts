/** Tests of the rows of the matrix: which are drawn, and where keys move the focus. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { EVERYTHING } from '../../../src/dashboard/state/address.js';
import { afterKey, drawnOf, EVALUATED_COLUMN, rowsOf } from '../../../src/dashboard/state/rows.js';
import { select } from '../../../src/dashboard/state/select.js';
import { makeEntry } from './entries.js';

describe('the rows', () => {
  it('are each domain, followed by its repositories', () => {
    const entries = [makeEntry({ repo_slug: 'a' }), makeEntry({ repo_slug: 'b' })];
    const group = { domain: null, lowest: 'none', entries } as const;
    expect(rowsOf([group]).map(({ kind }) => kind)).toEqual(['group', 'entry', 'entry']);
  });

  it('that are drawn are all rows on the screen, and at most 26 more', () => {
    const pixels = fc.integer({ min: -5000, max: 100_000 });
    fc.assert(
      fc.property(fc.nat({ max: 3000 }), pixels, fc.integer({ min: 1, max: 3000 }), (count, top, height) => {
        const { from, to } = drawnOf(count, { top, height, row: 32 });
        expect(from).toBeGreaterThanOrEqual(0);
        expect(to).toBeLessThanOrEqual(count);
        expect(from).toBeLessThanOrEqual(to);
        if (count > 200) expect(to - from).toBeLessThanOrEqual(Math.ceil(height / 32) + 26);
        for (let row = 0; row < count; row += 1) {
          const isOnScreen = (row + 1) * 32 > top && row * 32 < top + height;
          if (isOnScreen) expect(row >= from && row < to, `row ${row}`).toBe(true);
        }
      }),
    );
  });
});

describe('a key in the matrix', () => {
  const SLUGS = Array.from({ length: 30 }, (_, n) => `r${String(n).padStart(2, '0')}`);
  const entries = SLUGS.map((slug, n) => makeEntry({ repo_slug: slug, domain_slug: n < 3 ? 'a' : 'b' }));
  const rows = rowsOf(select(entries, EVERYTHING));
  it.each([
    ['ArrowDown', 'r02', 4, 'r03', 4],
    ['ArrowUp', 'r03', 4, 'r02', 4],
    ['ArrowUp', 'r00', 4, 'r00', 4],
    ['ArrowDown', 'r29', 0, 'r29', 0],
    ['ArrowRight', 'r02', 0, 'r02', 1],
    ['ArrowRight', 'r02', EVALUATED_COLUMN, 'r02', EVALUATED_COLUMN],
    ['ArrowLeft', 'r02', 0, 'r02', 0],
    ['Home', 'r02', 4, 'r02', 0],
    ['End', 'r02', 4, 'r02', EVALUATED_COLUMN],
    ['Control+Home', 'r12', 4, 'r00', 4],
    ['Control+End', 'r12', 4, 'r29', 4],
    ['PageDown', 'r12', 4, 'r22', 4],
    ['PageUp', 'r08', 4, 'r00', 4],
  ])('%s moves the focus from %s, column %d, to %s, column %d', (name, slug, column, to, toColumn) => {
    const isControl = name.startsWith('Control+');
    const key = isControl ? name.slice(8) : name;
    expect(afterKey({ key, isControl }, { slug, column }, rows)).toEqual({ slug: to, column: toColumn });
  });

  it('that is none of these does not move the focus', () => {
    expect(afterKey({ key: 'x', isControl: false }, { slug: 'r00', column: 0 }, rows)).toBeUndefined();
  });
});
