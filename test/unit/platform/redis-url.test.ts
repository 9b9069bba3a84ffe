import { expect, it } from 'vitest';
import { readConfig } from '../../../src/platform/config.js';

it.each([
  'redis://h',
  'redis://h/',
  'redis://h:6379/15',
  'rediss://user:p%2F%40ss@h:6380/0',
  'redis://:secret@[::1]:6379',
  'redis://h?family=6',
  'redis://localhost?path=/run/redis/redis.sock',
])('REDIS_URL may be %s', (url) => {
  expect(readConfig({ REDIS_URL: url }).redisUrl).toBe(url);
});

it.each([
  ['redis://h/abc', /number of a database/],
  ['redis://h/1/2', /number of a database/],
  ['redis://h/-1', /number of a database/],
  ['redis://u:/s3cret@h/0', /%2F/],
  ['redis://u:100%zz@h', /percent-encoded/],
  ['redis://u:s3cret#x@h', /%23/],
  ['redis://h?db=abc', /no parameter but/],
  ['redis://h?maxRetriesPerRequest=3', /no parameter but/],
  ['redis:h', /starts with redis:\/\//],
  ['REDISS://h', /starts with redis:\/\//],
  ['http://h', /starts with redis:\/\//],
])('when REDIS_URL is %s, then nothing starts, and no part of it is shown', (url, message) => {
  const error = (() => {
    try {
      readConfig({ REDIS_URL: url });
    } catch (thrown) {
      return thrown as Error;
    }
    return undefined;
  })();
  expect(error).toMatchObject({ code: 'bad_configuration', message: expect.stringMatching(message) });
  expect(error?.message).not.toMatch(/s3cret|100%zz|abc/);
});
