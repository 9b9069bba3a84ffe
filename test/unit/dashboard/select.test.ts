/** Tests of which repositories a view shows, and in which order. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { EVERYTHING, SORTS, type View } from '../../../src/dashboard/state/address.js';
import { select, shows, total } from '../../../src/dashboard/state/select.js';
import { anyEntries, makeEntry } from './entries.js';

const slugsOf = (groups: ReturnType<typeof select>) =>
  groups.flatMap(({ entries }) => entries.map(({ repo_slug: slug }) => slug));
const view: fc.Arbitrary<View> = fc.record({
  ...{ text: fc.constantFrom('', 'a', 'B '), domain: fc.constantFrom(undefined, '', 'a') },
  ...{ tier: fc.constantFrom(undefined, 'none', 'core'), criterion: fc.constantFrom(undefined, 'C5') },
  ...{ stale: fc.boolean(), broken: fc.boolean(), never: fc.boolean() },
  ...{ sort: fc.constantFrom(...SORTS), repo: fc.constant(undefined) },
}) as fc.Arbitrary<View>;

describe('a view', () => {
  it('shows each matching entry once, in the group of its domain, with the lowest tier of the group', () => {
    fc.assert(
      fc.property(anyEntries, view, (entries, chosen) => {
        const groups = select(entries, chosen);
        const wanted = entries.filter((entry) => shows(chosen, entry)).map(({ repo_slug: slug }) => slug);
        expect(slugsOf(groups).toSorted()).toEqual(wanted.toSorted());
        expect(new Set(groups.map(({ domain }) => domain)).size).toBe(groups.length);
        const ranks = ['none', 'core', 'standard', 'full'];
        for (const { domain, lowest, entries: list } of groups) {
          expect(list.every((entry) => entry.domain_slug === domain)).toBe(true);
          expect(Math.min(...list.map(({ tier }) => ranks.indexOf(tier)))).toBe(ranks.indexOf(lowest));
        }
      }),
    );
  });

  it('shows its entries in the same order, however the service ordered them', () => {
    fc.assert(
      fc.property(anyEntries, view, (entries, chosen) => {
        const one = slugsOf(select(entries, chosen));
        expect(slugsOf(select(entries.toReversed(), chosen))).toEqual(one);
      }),
    );
  });
});

describe('an order', () => {
  const ENTRIES = [
    makeEntry({ repo_slug: 'a-full', domain_slug: 'a', tier: 'full', checked_at: '2026-11-26T10:03:00Z' }),
    makeEntry({ repo_slug: 'b-core', domain_slug: 'b', tier: 'core', checked_at: '2026-11-26T10:01:00Z' }),
    makeEntry({ repo_slug: 'a-never', domain_slug: 'a', tier: 'none', checked_at: null }),
    makeEntry({ repo_slug: 'b-full', domain_slug: 'b', tier: 'full', checked_at: '2026-11-26T10:02:00Z' }),
    makeEntry({ repo_slug: 'c-core', domain_slug: 'c', tier: 'core', checked_at: '2026-11-26T10:04:00Z' }),
  ];
  const ORDERS = {
    worst: ['a-never', 'a-full', 'b-core', 'b-full', 'c-core'],
    name: ['a-full', 'a-never', 'b-core', 'b-full', 'c-core'],
    oldest: ['a-never', 'a-full', 'b-core', 'b-full', 'c-core'],
    newest: ['c-core', 'a-full', 'a-never', 'b-full', 'b-core'],
  };
  it.each(SORTS)('%s applies to the domains as well as to the repositories in them', (sort) => {
    expect(slugsOf(select(ENTRIES, { ...EVERYTHING, sort }))).toEqual(ORDERS[sort]);
  });
});

it('totals count all entries, whatever the view shows', () => {
  fc.assert(
    fc.property(anyEntries, (entries) => {
      const { all, tiers, stale, broken, never } = total(entries);
      expect(all).toBe(entries.length);
      expect(tiers.none + tiers.core + tiers.standard + tiers.full).toBe(all);
      const count = (change: Partial<View>) =>
        entries.filter((entry) => shows({ ...EVERYTHING, ...change }, entry)).length;
      expect([stale, broken, never]).toEqual([
        count({ stale: true }),
        count({ broken: true }),
        count({ never: true }),
      ]);
    }),
  );
});
