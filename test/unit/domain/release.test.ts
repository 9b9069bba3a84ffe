import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isNewerRelease, type Release, releaseVersion } from '../../../src/domain/release.js';

const part = fc.integer({ min: 0, max: 12 });
const release: fc.Arbitrary<Release> = fc.record({
  version: fc.tuple(part, part, part).map((parts) => parts.join('.')),
  criteriaDigest: fc.constantFrom('a', 'b'),
});
const isNewer = (one: Release, other: Release) => isNewerRelease(releaseVersion(one), other);

describe('a newer release', () => {
  it('is never newer and older at once, and never newer than itself', () => {
    fc.assert(
      fc.property(release, release, (one, other) => {
        expect(isNewer(one, other) && isNewer(other, one)).toBe(false);
        expect(isNewer(one, one)).toBe(false);
      }),
    );
  });

  it('is one of the two wherever their numbers differ, whatever the digests', () => {
    fc.assert(
      fc.property(release, release, (one, other) => {
        expect(isNewer(one, other) || isNewer(other, one)).toBe(one.version !== other.version);
      }),
    );
  });

  it('is newer than what the older one is newer than', () => {
    fc.assert(
      fc.property(release, release, release, (one, other, third) => {
        if (isNewer(one, other) && isNewer(other, third)) expect(isNewer(one, third)).toBe(true);
      }),
    );
  });

  it.each([
    ['0.10.0#a', '0.9.9', true],
    ['1.0.0#a', '0.99.99', true],
    ['0.1.1#a', '0.1.0', true],
    ['0.1.0#a', '0.1.1', false],
    ['0.1.0#other', '0.1.0', false],
    ['2#a', '1.9.9', true],
    ['1.2#a', '1.2.0', false],
    ['1.2.0-rc.1#a', '1.1.9', true],
    ['1.2.1-rc.1#a', '1.2.0', true],
  ])('%s against %s: %s', (stored, version, wanted) => {
    expect(isNewerRelease(stored, { version, criteriaDigest: 'a' })).toBe(wanted);
  });

  it('is never a text that is no release, so that garbage stops nobody from writing', () => {
    for (const text of ['', '#', 'absent', '?.?.?#x', 'none#1'])
      expect(isNewerRelease(text, { version: '0.0.1', criteriaDigest: 'a' })).toBe(false);
  });

  it('never fails, whatever is stored', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), release, (text, ours) => {
        expect(typeof isNewerRelease(text, ours)).toBe('boolean');
      }),
    );
  });
});
