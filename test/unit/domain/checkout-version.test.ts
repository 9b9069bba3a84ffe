import fc from 'fast-check';
import { expect, it } from 'vitest';
import { bareVersion, isPresentCheckout, readCheckoutForm } from '../../../src/domain/checkout-version.js';

// Whatever a host or a path may be called, with what resembles the end of a version.
const name = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.constantFrom(
    '/srv/x#1:2',
    ':absent',
    '#1:2\n',
    '::unset',
    '/srv/x:absent#/srv/x#1:2',
    '/srv/x#bare@main',
  ),
);
const number = fc.bigInt({ min: 0n, max: 2n ** 64n });

it('the version shows whether a checkout existed, for any names of host and path', () => {
  fc.assert(
    fc.property(name, name, name, fc.tuple(number, number), (host, path, real, [device, inode]) => {
      const folder = `${host}:${path}#${real}#${device}:${inode}`;
      expect(isPresentCheckout(folder)).toBe(true);
      expect(readCheckoutForm(folder)).toEqual({ kind: 'working', branch: null });
      expect(readCheckoutForm(`${host}:${path}:absent`)).toBeNull();
      expect(isPresentCheckout(`${host}:${path}:absent`)).toBe(false);
      expect(isPresentCheckout(`${host}::unset`)).toBe(false);
      const file = `1.000000000~1.000000000~${device}~${inode}`;
      expect(isPresentCheckout(`${host}:${path}:not-a-folder#${file}`)).toBe(false);
      expect(isPresentCheckout(`${host}:${path}:not-a-folder#${file}@fifo`)).toBe(false);
    }),
  );
});

it.each(['main', 'fix-#1', 'a/b@c', 'HEAD'])(
  'the version of a bare repository shows its branch %s',
  (branch) => {
    fc.assert(
      fc.property(name, name, (host, path) => {
        const version = bareVersion(host, path, branch);
        expect(isPresentCheckout(version)).toBe(true);
        expect(readCheckoutForm(version)).toEqual({ kind: 'bare', branch });
      }),
    );
  },
);
