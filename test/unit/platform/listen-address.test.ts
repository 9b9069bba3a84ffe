import { expect, it } from 'vitest';
import { readConfig } from '../../../src/platform/config.js';

it.each([
  ['127.0.0.1', '127.0.0.1'],
  ['127.9.9.1', '127.9.9.1'],
  ['::1', '::1'],
  ['[::1]', '::1'],
  ['localhost', 'localhost'],
])('when HOST is %s, then the server listens at %s and needs no token', (HOST, address) => {
  expect(readConfig({ HOST }).address).toBe(address);
});

it.each(['127.999.1.1', '1.2.3', '127.1', 'a b', 'http://x', '[::1', '::1::2'])(
  'when HOST is %s, which is no address, then HOST is named and nothing else',
  (HOST) => {
    expect(() => readConfig({ HOST })).toThrow(
      /^The configuration is not usable: HOST: must be an IP address/,
    );
  },
);

it.each(['0.0.0.0', '::', 'doi.example', '192.0.2.1'])(
  'when HOST is %s, which others can reach, then a token for reading is needed',
  (HOST) => {
    expect(() => readConfig({ HOST })).toThrow('DOI_READ_TOKEN');
    expect(readConfig({ HOST, DOI_READ_TOKEN: 'a-token-of-sixteen-or-more' }).address).toBe(HOST);
  },
);
