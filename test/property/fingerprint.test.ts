import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  differingInputs,
  joinFingerprint,
  parseFingerprint,
  UNSTABLE,
  type Versions,
} from '../../src/domain/fingerprint.js';
import { VERSIONED_KEYS, type VersionedKey } from '../../src/domain/input.js';

// Whatever UTF-16 can hold, with what breaks the form, or resembles its encoding, far more often than by chance.
const unit = fc.oneof(
  fc.nat(0xffff).map((code) => String.fromCharCode(code)),
  fc.integer({ min: 0xd800, max: 0xdfff }).map((code) => String.fromCharCode(code)),
  fc.integer({ min: 0, max: 0xa0 }).map((code) => String.fromCharCode(code)),
  fc.constantFrom(
    '|',
    '%',
    ':',
    '%7c',
    '%25',
    '%u',
    '%ud800',
    '%uD800',
    '\0',
    '\u{1f600}',
    'absent',
    UNSTABLE,
  ),
  ...VERSIONED_KEYS.map((key) => fc.constant(`|${key}:`)),
);
const version = fc.array(unit, { maxLength: 12 }).map((units) => units.join(''));
const versions = fc.record(
  Object.fromEntries(VERSIONED_KEYS.map((key) => [key, version])) as Record<VersionedKey, typeof version>,
) as fc.Arbitrary<Versions>;

describe('a fingerprint', () => {
  it('parses to the versions that it was joined from, whatever they hold', () => {
    fc.assert(
      fc.property(versions, (all) => {
        expect(parseFingerprint(joinFingerprint(all))).toEqual(all);
      }),
      { numRuns: 1000 },
    );
  });

  it('is text that PostgreSQL and a terminal take: well formed, without a control character', () => {
    fc.assert(
      fc.property(versions, (all) => {
        const text = joinFingerprint(all);
        expect(text.isWellFormed()).toBe(true);
        expect(text).not.toMatch(/[\u0000-\u001f\u007f-\u009f]/);
        expect(text.split('|')).toHaveLength(VERSIONED_KEYS.length);
      }),
    );
  });

  it('has one text only: any text that parses is the one that its versions join to', () => {
    const mutation = fc.record({
      at: fc.nat(),
      remove: fc.nat(6),
      insert: fc.oneof(unit, fc.constantFrom('', '%41', '%0A', '%0a', '%u0041', '%ud83d%ude00', 'repo:')),
    });
    fc.assert(
      fc.property(versions, fc.array(mutation, { minLength: 1, maxLength: 3 }), (all, mutations) => {
        let text = joinFingerprint(all);
        for (const { at, remove, insert } of mutations) {
          const start = at % (text.length + 1);
          text = text.slice(0, start) + insert + text.slice(start + remove);
        }
        const parsed = parseFingerprint(text);
        if (parsed !== undefined) expect(joinFingerprint(parsed)).toBe(text);
      }),
      { numRuns: 2000 },
    );
  });

  it('is refused when any piece is missing, repeated, out of place, or of another key', () => {
    const pieces = fc.nat(VERSIONED_KEYS.length - 1);
    fc.assert(
      fc.property(versions, pieces, pieces, (all, one, other) => {
        const parts = joinFingerprint(all).split('|');
        const part = parts[one] ?? '';
        const broken = [
          parts.toSpliced(one, 1),
          parts.toSpliced(other, 0, part),
          parts.with(one, `x${part}`),
        ];
        if (one !== other) broken.push(parts.with(one, parts[other] ?? '').with(other, part));
        for (const each of broken) expect(parseFingerprint(each.join('|'))).toBeUndefined();
      }),
    );
  });

  it('is refused in any other encoding of the same versions', () => {
    fc.assert(
      fc.property(
        versions,
        fc.constantFrom(...VERSIONED_KEYS),
        fc.constantFrom('a', '~', '.', ' '),
        (all, key, char) => {
          const text = joinFingerprint({ ...all, [key]: `${all[key]}${char}` });
          const marked = joinFingerprint({ ...all, [key]: `${all[key]}\0` });
          const code = char.charCodeAt(0).toString(16).padStart(2, '0');
          expect(parseFingerprint(text)).toBeDefined();
          expect(parseFingerprint(marked.replaceAll('%00', `%${code}`))).toBeUndefined();
          expect(parseFingerprint(marked.replaceAll('%00', `%u00${code}`))).toBeUndefined();
        },
      ),
    );
  });

  it('is refused in any other text', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 300 }), (text) => {
        expect(parseFingerprint(text)).toBeUndefined();
      }),
    );
  });
});

describe('the inputs that differ', () => {
  it('are exactly those that were changed, in the order of the fingerprint', () => {
    fc.assert(
      fc.property(versions, fc.subarray([...VERSIONED_KEYS]), (was, changed) => {
        const now = { ...was };
        for (const key of changed) now[key] = `${was[key]}!`;
        expect(differingInputs(was, now)).toEqual(changed);
        expect(differingInputs(now, was)).toEqual(changed);
        expect(joinFingerprint(was) === joinFingerprint(now)).toBe(changed.length === 0);
      }),
    );
  });
});
