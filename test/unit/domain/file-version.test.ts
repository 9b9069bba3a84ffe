import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type FileStat, fileTimes, fileVersion } from '../../../src/domain/file-version.js';

const ns = fc.oneof(
  fc.bigInt({ min: -(10n ** 18n), max: 4n * 10n ** 18n }),
  fc.constantFrom(0n, 1n, -1n, 999_999_999n, -1_000_000_000n, 1_000_000_000n),
);
const stat: fc.Arbitrary<FileStat> = fc.record({
  mtimeNs: ns,
  ctimeNs: ns,
  size: fc.bigInt({ min: 0n, max: 2n ** 63n }),
  ino: fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
});

describe('the version of a file', () => {
  it('holds mtime, ctime, size and inode, to the nanosecond', () => {
    const times = { mtimeNs: 1_773_967_639_123_456_789n, ctimeNs: 1_773_967_640_000_000_001n };
    expect(fileVersion({ ...times, size: 42n, ino: 7n })).toBe(
      '1773967639.123456789~1773967640.000000001~42~7',
    );
  });

  it('keeps the digits that a JavaScript number would lose', () => {
    const of = (ino: bigint) => fileVersion({ mtimeNs: 0n, ctimeNs: 0n, size: 0n, ino });
    expect(of(2n ** 60n)).not.toBe(of(2n ** 60n + 1n));
  });

  it('writes times before 1970 with their sign', () => {
    expect(fileVersion({ mtimeNs: -1n, ctimeNs: -1_500_000_000n, size: 0n, ino: 1n })).toBe(
      '-0.000000001~-1.500000000~0~1',
    );
  });

  it('differs wherever any of the four differs', () => {
    fc.assert(
      fc.property(stat, stat, (one, other) => {
        const same = (Object.keys(one) as (keyof FileStat)[]).every((key) => one[key] === other[key]);
        expect(fileVersion(one) === fileVersion(other)).toBe(same);
      }),
    );
    fc.assert(
      fc.property(stat, fc.constantFrom('mtimeNs', 'ctimeNs', 'size', 'ino'), (one, key) => {
        expect(fileVersion({ ...one, [key]: one[key as keyof FileStat] + 1n })).not.toBe(fileVersion(one));
      }),
    );
  });

  it('contains its ctime, which can be read to the millisecond', () => {
    fc.assert(
      fc.property(stat, (each) => {
        fc.pre(each.ctimeNs >= 0n);
        const changed = new Date(Number(each.ctimeNs / 1_000_000n)).toISOString();
        expect(fileTimes(fileVersion(each))).toEqual({ changed });
      }),
    );
  });

  it('contains the ctime of the target if it is a link', () => {
    const link = '1.000000000~1.000000000~9~1@0123456789abcdef@2.000000000~3.500000000~4~5';
    expect(fileTimes(link)).toEqual({ changed: '1970-01-01T00:00:03.500Z' });
  });

  it.each(['absent', '', '12#0123456789abcdef', 'over-limit#5001', '1.000000000~1.000000000~9~1@fifo', '@'])(
    'gives no time where there is none: %j',
    (version) => {
      expect(fileTimes(version)).toBeUndefined();
    },
  );

  it('of any other text has no time, and reading it never throws', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        expect(fileTimes(text)).toBeUndefined();
      }),
    );
    expect(fileTimes(`0.000000000~${'9'.repeat(400)}.000000000~1~1`)).toBeUndefined();
  });
});
