import { describe, expect, it } from 'vitest';
import { EVERYTHING } from '../../../src/dashboard/state/address.js';
import { afterKey, JUDGED_COLUMN } from '../../../src/dashboard/state/rows.js';
import { select } from '../../../src/dashboard/state/select.js';
import { rowsOf } from '../../../src/dashboard/state/window.js';
import { makeEntry } from './entries.js';

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
    ['ArrowRight', 'r02', JUDGED_COLUMN, 'r02', JUDGED_COLUMN],
    ['ArrowLeft', 'r02', 0, 'r02', 0],
    ['Home', 'r02', 4, 'r02', 0],
    ['End', 'r02', 4, 'r02', JUDGED_COLUMN],
    ['Control+Home', 'r12', 4, 'r00', 4],
    ['Control+End', 'r12', 4, 'r29', 4],
    ['PageDown', 'r12', 4, 'r22', 4],
    ['PageUp', 'r08', 4, 'r00', 4],
  ])('%s leads from %s, column %d, to %s, column %d', (name, slug, column, to, toColumn) => {
    const isControl = name.startsWith('Control+');
    const key = isControl ? name.slice(8) : name;
    expect(afterKey({ key, isControl }, { slug, column }, rows)).toEqual({ slug: to, column: toColumn });
  });

  it('that is none of these leads nowhere', () => {
    expect(afterKey({ key: 'x', isControl: false }, { slug: 'r00', column: 0 }, rows)).toBeUndefined();
  });
});
