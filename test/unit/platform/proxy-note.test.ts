/** Tests what an error of a forge says of a proxy, which `fetch` does not use by itself. */
import { expect, it } from 'vitest';
import { proxyNote } from '../../../src/platform/http/read-answer.js';

it('when a proxy is set that fetch does not use, then names the variable and what to set', () => {
  expect(proxyNote({ https_proxy: 'http://me:hunter2@proxy:3128' })).toMatch(
    /^ .*https_proxy.*NODE_USE_ENV_PROXY=1/,
  );
  expect(proxyNote({ https_proxy: 'http://me:hunter2@proxy:3128' })).not.toContain('hunter2');
});

it('when there is none, or fetch uses it, then says nothing', () => {
  expect(proxyNote({ HTTPS_PROXY: '' })).toBe('');
  expect(proxyNote({ HTTPS_PROXY: 'http://proxy:3128', NODE_USE_ENV_PROXY: '1' })).toBe('');
});
