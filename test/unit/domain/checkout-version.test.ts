import fc from 'fast-check';
import { expect, it } from 'vitest';
import { isPresentCheckout } from '../../../src/domain/checkout-version.js';

// Whatever a host or a path may be called, with what resembles the end of a version.
const name = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.constantFrom('/srv/x#1:2', ':absent', '#1:2\n', '::unset', '/srv/x:absent#/srv/x#1:2'),
);
const number = fc.bigInt({ min: 0n, max: 2n ** 64n });

it('the version shows whether a checkout existed, for any names of host and path', () => {
  fc.assert(
    fc.property(name, name, name, fc.tuple(number, number), (host, path, real, [device, inode]) => {
      expect(isPresentCheckout(`${host}:${path}#${real}#${device}:${inode}`)).toBe(true);
      expect(isPresentCheckout(`${host}:${path}:absent`)).toBe(false);
      expect(isPresentCheckout(`${host}::unset`)).toBe(false);
      const file = `1.000000000~1.000000000~${device}~${inode}`;
      expect(isPresentCheckout(`${host}:${path}:not-a-folder#${file}`)).toBe(false);
      expect(isPresentCheckout(`${host}:${path}:not-a-folder#${file}@fifo`)).toBe(false);
    }),
  );
});
