import { expect, it } from 'vitest';
import { readConfig } from '../../../src/platform/config.js';

const DOI_READ_TOKEN = 'a-token-of-sixteen-or-more';

it.each([
  [{}, false],
  [{ DOI_PUBLIC_BADGES: 'true' }, false],
  [{ DOI_READ_TOKEN }, false],
  [{ DOI_READ_TOKEN, DOI_PUBLIC_BADGES: 'false' }, false],
  [{ DOI_READ_TOKEN, DOI_PUBLIC_BADGES: 'true' }, true],
])('with %j badges are public: %s', (env, isPublic) => {
  expect(readConfig(env).publicBadges).toBe(isPublic);
});

it('DOI_PUBLIC_BADGES takes true or false and nothing else', () => {
  expect(() => readConfig({ DOI_PUBLIC_BADGES: 'yes' })).toThrow('DOI_PUBLIC_BADGES');
});
