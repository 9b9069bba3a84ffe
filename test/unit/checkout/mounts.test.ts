import { statfsSync } from 'node:fs';
import { expect, it } from 'vitest';
import { isCachedFileSystem } from '../../../src/checkout/mounts.js';
import { probeCheckout } from '../../../src/inputs/probe/probe-checkout.js';
import { tempFolder } from '../inputs/checkout-files.js';

it.each([
  ['NFS', 0x6969],
  ['CIFS', 0xff534d42],
  ['CIFS, read as a signed number', 0xff534d42 | 0],
  ['FUSE', 0x65735546],
  ['9p', 0x01021997],
])('%s counts as a file system whose attributes may lag', (_name, type) => {
  expect(isCachedFileSystem(type)).toBe(true);
});

it.each([
  ['ext4', 0xef53],
  ['XFS', 0x58465342],
  ['Btrfs', 0x9123683e],
  ['tmpfs', 0x01021994],
  ['overlayfs', 0x794c7630],
])('%s counts as a local file system', (_name, type) => {
  expect(isCachedFileSystem(type)).toBe(false);
});

it('a probe says so of the file system that the checkout lies on', () => {
  const folder = tempFolder();
  expect(probeCheckout({ id: 'x', host: 'here', path: folder }).isCached).toBe(
    isCachedFileSystem(statfsSync(folder).type),
  );
});
