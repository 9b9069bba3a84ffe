/** Pages of the summary: in any size and through any filter they are the whole, and the parts that are kept are bounded. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseCursor, toCursor } from '../../../src/api/summary-cursor.js';
import { TIERS } from '../../../src/domain/tier.js';
import { worstFirst } from '../../../src/domain/worst-first.js';
import { Representation } from '../../../src/reader/representation.js';
import { KeptParts } from '../../../src/reader/summary/kept-parts.js';
import { takePage } from '../../../src/reader/summary/pages.js';

const ranked = fc.record({
  repo_slug: fc.string({ unit: 'grapheme' }),
  tier: fc.constantFrom(...TIERS),
  checked_at: fc.option(fc.constant('2026-11-26T10:00:00.000Z')),
});
const organisation = fc
  .uniqueArray(ranked, { selector: ({ repo_slug }) => repo_slug, maxLength: 60 })
  .map((all) => all.sort(worstFirst).map((entry) => ({ entry })));
type Items = Parameters<typeof takePage>[0];

/** Follows the cursors to the end, as a client does. */
function follow(items: Items, isKept: (item: Items[number]) => boolean, limit: number): string[] {
  const seen: string[] = [];
  let cursor: string | undefined;
  do {
    const after = cursor === undefined ? undefined : parseCursor(cursor);
    const { chosen, next } = takePage(items, isKept, { after, limit });
    expect(chosen.length).toBeLessThanOrEqual(limit);
    seen.push(...chosen.map(({ entry }) => entry.repo_slug));
    cursor = next;
  } while (cursor !== undefined);
  return seen;
}

describe('pages', () => {
  it('when nothing changes, then each entry that is kept is seen exactly once, in order, in any page size', () => {
    fc.assert(
      fc.property(
        organisation,
        fc.integer({ min: 1, max: 70 }),
        fc.option(fc.constantFrom(...TIERS)),
        (items, limit, tier) => {
          const isKept = ({ entry }: Items[number]) => tier === null || entry.tier === tier;
          expect(follow(items, isKept, limit)).toEqual(
            items.filter(isKept).map(({ entry }) => entry.repo_slug),
          );
        },
      ),
    );
  });

  it('when the last entry of a page goes, then the next page goes on at the same place', () => {
    fc.assert(
      fc.property(organisation, fc.nat(), (items, number) => {
        if (items.length < 2) return;
        const limit = 1 + (number % (items.length - 1));
        const { next = '' } = takePage(items, () => true, { limit });
        const without = items.filter((_, at) => at !== limit - 1);
        const { chosen } = takePage(without, () => true, { after: parseCursor(next) });
        expect(chosen).toEqual(items.slice(limit));
      }),
    );
  });

  it('when a text is no cursor, then it is found out', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        const place = parseCursor(text);
        if (place !== undefined) expect(parseCursor(toCursor(place))).toEqual(place);
      }),
    );
    for (const text of ['', 'x', 'bnVsbA', 'W10', 'WzEsMiwzXQ'])
      expect(parseCursor(text), text).toBeUndefined();
  });
});

describe('kept parts', () => {
  const part = async (size: number) => ({
    representation: new Representation('x'.repeat(size)),
    next: undefined,
  });

  it('when parts of any size are requested, then no more than the limits are kept', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.tuple(fc.nat(20), fc.nat(120))), async (requests) => {
        const parts = new KeptParts({ parts: 4, bytes: 100 });
        for (const [key, size] of requests) await parts.get(String(key), () => part(size)).made;
        await Promise.resolve();
        expect(parts.bytes).toBeLessThanOrEqual(100);
      }),
    );
  });

  it('when a part is kept or being made, then it is not made again; one that failed is', async () => {
    const parts = new KeptParts({ parts: 2, bytes: 100 });
    const refuse = () => Promise.reject(new Error('no'));
    await expect(parts.get('a', refuse).made).rejects.toThrow('no');
    const first = parts.get('a', () => part(10));
    expect(first.isHit).toBe(false);
    expect(parts.get('a', refuse)).toEqual({ isHit: true, made: first.made });
    await first.made;
    for (const key of ['b', 'c']) await parts.get(key, () => part(10)).made;
    expect(parts.get('a', () => part(10)).isHit).toBe(false);
  });
});
