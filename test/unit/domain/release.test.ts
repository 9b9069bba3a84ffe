import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { buildName, isNewerRelease, type Release, storedRelease } from '../../../src/domain/release.js';

const part = fc.integer({ min: 0, max: 12 });
const release: fc.Arbitrary<Release> = fc.record({
  version: fc.tuple(part, part, part).map((parts) => parts.join('.')),
  criteriaDigest: fc.constantFrom('a', 'b', 'c'),
  builtAt: fc.constantFrom(
    '2026-03-20T10:42:07.000Z',
    '2026-03-20T10:42:07.001Z',
    '2026-11-01T00:00:00.000Z',
  ),
});
const isNewer = (one: Release, other: Release) => isNewerRelease(storedRelease(one), other);
const EARLY = '2026-03-20T10:42:07.123Z';
const LATE = '2026-03-20T10:42:07.124Z';

describe('a newer release', () => {
  it('is never newer and older at once, and never newer than itself', () => {
    fc.assert(
      fc.property(release, release, (one, other) => {
        expect(isNewer(one, other) && isNewer(other, one)).toBe(false);
        expect(isNewer(one, one)).toBe(false);
      }),
    );
  });

  it('is exactly one of two whose numbers or rules differ, so that two builds never judge in turns', () => {
    fc.assert(
      fc.property(release, release, (one, other) => {
        const differ = one.version !== other.version || one.criteriaDigest !== other.criteriaDigest;
        expect(isNewer(one, other) || isNewer(other, one)).toBe(differ);
      }),
    );
  });

  it('is transitive, among builds of different rules', () => {
    fc.assert(
      fc.property(release, release, release, (one, other, third) => {
        if (!isNewer(one, other) || !isNewer(other, third)) return;
        const isSame = one.version === third.version && one.criteriaDigest === third.criteriaDigest;
        expect(isNewer(one, third)).toBe(!isSame);
      }),
    );
  });

  it('is the later build of two with one version, and neither if both have the same rules', () => {
    const older = { version: '0.1.0', criteriaDigest: 'z', builtAt: EARLY };
    const newer = { version: '0.1.0', criteriaDigest: 'a', builtAt: LATE };
    expect(isNewer(newer, older)).toBe(true);
    expect(isNewer({ ...newer, criteriaDigest: 'z' }, older)).toBe(false);
  });

  it('is not one whose build name has other rules: a release that does not record builds wrote since', () => {
    const ours = { version: '0.1.0', criteriaDigest: 'a', builtAt: EARLY };
    const build = buildName({ ...ours, builtAt: LATE });
    expect(isNewerRelease({ criteria: '0.1.0#other', build }, ours)).toBe(false);
    expect(isNewerRelease({ criteria: '0.1.0#other', build: null }, ours)).toBe(false);
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
    expect(
      isNewerRelease({ criteria: stored, build: null }, { version, criteriaDigest: 'a', builtAt: EARLY }),
    ).toBe(wanted);
  });

  it('is never an invalid text, so that garbage does not stop a worker from writing', () => {
    for (const text of ['', '#', 'absent', '?.?.?#x', 'none#1'])
      expect(
        isNewerRelease(
          { criteria: text, build: null },
          { version: '0.0.1', criteriaDigest: 'a', builtAt: EARLY },
        ),
      ).toBe(false);
  });

  it('never fails, whatever is stored', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), release, (text, ours) => {
        expect(typeof isNewerRelease({ criteria: text, build: text }, ours)).toBe('boolean');
      }),
    );
  });
});
