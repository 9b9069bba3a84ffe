/** Tests of the view in the page's address, and of the address of its CSV. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  csvOf,
  EVERYTHING,
  readAddress,
  SORTS,
  type View,
  writeAddress,
} from '../../../src/dashboard/state/address.js';
import { COLUMNS } from '../../../src/dashboard/state/criteria.js';

const view: fc.Arbitrary<View> = fc.record({
  text: fc.string(),
  domain: fc.option(fc.string(), { nil: undefined }),
  tier: fc.constantFrom(undefined, 'none', 'core', 'standard', 'full'),
  criterion: fc.constantFrom(undefined, ...COLUMNS.map(({ id }) => id)),
  stale: fc.boolean(),
  broken: fc.boolean(),
  never: fc.boolean(),
  sort: fc.constantFrom(...SORTS),
  repo: fc.option(fc.string(), { nil: undefined }),
});

describe('the address', () => {
  it('holds every view, so that another reader of it gets the same view', () => {
    fc.assert(
      fc.property(view, (one) => {
        expect(readAddress(writeAddress(one))).toEqual(one);
      }),
    );
  });

  it('of everything is empty, and leaves out defaults', () => {
    expect(writeAddress(EVERYTHING)).toBe('');
    expect(writeAddress({ ...EVERYTHING, tier: 'core', stale: true })).toBe('?tier=core&stale=true');
  });

  it('may hold anything: the page leaves out what it does not know', () => {
    fc.assert(
      fc.property(fc.string(), (query) => {
        const read = readAddress(query);
        expect(readAddress(writeAddress(read))).toEqual(read);
      }),
    );
    expect(readAddress('?tier=gold&criterion=C15&sort=best&stale=1&broken=&never=no')).toEqual(EVERYTHING);
    expect(readAddress('?criterion=C0')).toEqual(EVERYTHING);
  });

  it('with `failing`, as old bookmarks have it, shows broken repositories', () => {
    expect(readAddress('?failing=true')).toEqual({ ...EVERYTHING, broken: true });
  });
});

describe('the CSV of a view', () => {
  it('when the API can filter like the view, then the file has exactly its repositories', () => {
    const view = { ...EVERYTHING, domain: 'a&b', tier: 'core', stale: true, broken: true } as const;
    expect(csvOf(view)).toEqual({
      path: './repos/doi/summary?domain=a%26b&tier=core&stale=true&broken=true',
      view,
    });
    expect(csvOf(EVERYTHING)).toEqual({ path: './repos/doi/summary', view: EVERYTHING });
  });

  it('when it cannot, then the file has the repositories of the part that the API knows', () => {
    const view = { ...EVERYTHING, domain: '', text: 'x', criterion: 'C5', never: true, stale: true } as const;
    expect(csvOf(view)).toEqual({
      path: './repos/doi/summary?stale=true',
      view: { ...EVERYTHING, stale: true },
    });
  });
});
