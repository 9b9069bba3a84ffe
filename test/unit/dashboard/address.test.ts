import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
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
  it('has every view, so that whoever reads it sees the same', () => {
    fc.assert(
      fc.property(view, (one) => {
        expect(readAddress(writeAddress(one))).toEqual(one);
      }),
    );
  });

  it('of everything is empty, and says nothing that is as usual', () => {
    expect(writeAddress(EVERYTHING)).toBe('');
    expect(writeAddress({ ...EVERYTHING, tier: 'core', stale: true })).toBe('?tier=core&stale=true');
  });

  it('is read whatever it holds, and what is not known is left out', () => {
    fc.assert(
      fc.property(fc.string(), (query) => {
        const read = readAddress(query);
        expect(readAddress(writeAddress(read))).toEqual(read);
      }),
    );
    expect(readAddress('?tier=gold&criterion=C15&sort=best&stale=1&broken=&never=no')).toEqual(EVERYTHING);
    expect(readAddress('?criterion=C0')).toEqual(EVERYTHING);
  });

  it('that was kept when the page called what is broken failing still shows it', () => {
    expect(readAddress('?failing=true')).toEqual({ ...EVERYTHING, broken: true });
  });
});
