import { expect, it } from 'vitest';
import { listFew, ok, runCheck, runGroup, showRedis } from '../../../src/doctor/check.js';
import { DoiError } from '../../../src/domain/errors.js';
import { isAtLeast } from '../../../src/domain/release.js';
import { showDatabase } from '../../../src/platform/postgres/database-url.js';

const run = (work: Parameters<typeof runGroup>[0]['run'], limitMs = 10_000) =>
  runGroup({ name: 'x', limitMs, run: work });

it('turns an error into a check with its remedy, and keeps the earlier checks', async () => {
  const { checks } = await run(async (report) => {
    report(ok('first', 'well'));
    throw new DoiError('redis_unavailable', 'It is away.', 'Start it.');
  });
  expect(checks).toEqual([
    ok('first', 'well'),
    { name: 'check', state: 'problem', found: 'It is away.', remedy: 'Start it.' },
  ]);
});

it('turns an unexpected error into a check too, and continues with the next one', async () => {
  const { checks } = await run(async (report) => {
    await runCheck(report, 'one', () => {
      throw new TypeError('x is no function');
    });
    await runCheck(report, 'two', () => ok('two', 'well'));
  });
  expect(checks).toMatchObject([
    {
      name: 'one',
      state: 'problem',
      found: 'TypeError: x is no function',
      remedy: expect.stringContaining('report'),
    },
    { name: 'two', state: 'ok' },
  ]);
});

it('ends a group that hangs at its limit with a check, and ignores later ones', async () => {
  let finish = () => {};
  const hanging = new Promise<void>((resolve) => {
    finish = resolve;
  });
  const group = await run(async (report) => {
    report(ok('first', 'well'));
    await hanging;
    report(ok('late', 'x'));
  }, 20);
  finish();
  await hanging;
  expect(group.checks.map(({ name, state }) => [name, state])).toEqual([
    ['first', 'ok'],
    ['time', 'problem'],
  ]);
  expect(group.checks[1]?.found).toContain('within 0.02 s');
});

it('shows neither a password of a URL nor a control character of a server or a program', async () => {
  const { checks } = await run(async (report) => {
    report(ok('one', 'at postgres://me:s3cret@h/x \u001b[2J'));
    throw new Error('redis://:s3cret@h\u0000');
  });
  expect(JSON.stringify(checks)).not.toMatch(/s3cret|\\u00/);
});

it.each([
  ['redis://:s3cret@127.0.0.1:6379', '127.0.0.1:6379'],
  ['rediss://u:s3cret@h/3#s3cret', 'h/3'],
  ['postgres://me:s3cret@%2Fsrv%2Fa%20b/doi', '/srv/a b/.s.PGSQL.5432/doi'],
  ['postgres://me:s3cret@%2Fsrv:6000/doi', '/srv/.s.PGSQL.6000/doi'],
  ['redis://:s3cret@localhost?path=%2Fsrv%2Fredis.sock', '/srv/redis.sock'],
])('shows %s as a place without what is secret', (url, shown) => {
  expect(url.startsWith('redis') ? showRedis(url) : showDatabase(url)).toBe(shown);
});

it.each([
  ['20.19.0', '20.19.0', true],
  ['20.18.9', '20.19.0', false],
  ['100.0.0', '20.19.0', true],
  ['13', '13', true],
  ['12.22 (Debian 12.22-1)', '13', false],
  ['18beta1', '13', true],
  ['7.0', '6.2.0', true],
])('compares release %s with %s: %s', (found, wanted, expected) => {
  expect(isAtLeast(found, wanted)).toBe(expected);
});

it('lists a few of many, and says how many more there are', () => {
  expect(listFew(['a', 'b', 'c'])).toBe('a, b, c');
  expect(listFew(['a', 'b', 'c', 'd', 'e'])).toBe('a, b, c, and 2 more');
});
