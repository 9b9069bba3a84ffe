import { Redis } from 'ioredis';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { examineRedis } from '../../../src/doctor/redis.js';
import { type Clock, systemClock } from '../../../src/platform/clock.js';
import { openRedisInspector } from '../../../src/queue/inspect-redis.js';
import { type FaultServer, startRedis } from '../../helpers/fault-servers.js';
import { type Lines, linesOf } from './examine.js';

let server: FaultServer;
let redis: Redis;
beforeAll(async () => {
  server = await startRedis();
  redis = new Redis(server.url);
});
afterAll(async () => {
  await redis.quit();
  await server.close();
});
beforeEach(async () => {
  await redis.config('SET', 'maxmemory-policy', 'noeviction');
  await redis.config('SET', 'maxmemory', '0');
  await redis.config('SET', 'save', '');
});

async function runChecks(url = server.url, clock: Clock = systemClock): Promise<Lines> {
  const inspector = openRedisInspector(url);
  try {
    return await linesOf((report) => examineRedis({ url, redis: inspector, clock }, report));
  } finally {
    inspector.close();
  }
}

/** The address with another user and password. */
function as(user: string, password: string): string {
  const url = new URL(server.url);
  url.username = user;
  url.password = password;
  return url.href;
}

it('a policy that drops jobs is a problem with the command that corrects it', async () => {
  await redis.config('SET', 'maxmemory-policy', 'allkeys-lru');
  expect((await runChecks())['maxmemory-policy']).toMatchObject({
    state: 'problem',
    found: expect.stringContaining('allkeys-lru'),
    remedy: expect.stringContaining('config set maxmemory-policy noeviction'),
  });
  await redis.config('SET', 'maxmemory-policy', 'noeviction');
  expect((await runChecks())['maxmemory-policy']).toMatchObject({ state: 'ok', found: 'noeviction' });
});

it('no persistence is a warning that says what a restart costs; snapshots are enough', async () => {
  expect((await runChecks())['persistence']).toMatchObject({
    state: 'warning',
    found: expect.stringContaining('a delay, not work'),
    remedy: expect.stringContaining('appendonly yes'),
  });
  await redis.config('SET', 'save', '3600 1');
  expect((await runChecks())['persistence']).toMatchObject({
    state: 'ok',
    found: expect.stringContaining('3600 1'),
  });
});

it('memory that is nearly used up is a warning', async () => {
  await redis.config('SET', 'maxmemory', '1gb');
  expect((await runChecks())['memory']).toMatchObject({ state: 'ok' });
  const used = Number(/used_memory:(\d+)/.exec(await redis.info('memory'))?.[1]);
  await redis.config('SET', 'maxmemory', String(Math.round(used * 1.02)));
  expect((await runChecks())['memory']).toMatchObject({ state: 'warning' });
});

it('a replica, which accepts no jobs, is a problem', async () => {
  await redis.replicaof('127.0.0.1', '1');
  try {
    const lines = await runChecks();
    expect(lines['writing']).toMatchObject({
      state: 'problem',
      remedy: expect.stringContaining('127.0.0.1:1'),
    });
  } finally {
    await redis.replicaof('NO', 'ONE');
  }
  expect((await runChecks())['writing']).toMatchObject({ state: 'ok' });
});

it.each([
  [5000, 'warning'],
  [-120_000, 'problem'],
])('a clock of this host that is %i ms ahead makes a %s', async (ahead, state) => {
  const clock = { ...systemClock, now: () => systemClock.now() + ahead };
  expect((await runChecks(server.url, clock))['clock']).toMatchObject({ state });
});

it('a database that does not exist is a problem, and no other one is used', async () => {
  expect(await runChecks(`${server.url}/99`)).toEqual({
    server: expect.objectContaining({
      state: 'problem',
      found: expect.stringMatching(/refuses the connection: ERR DB index is out of range/),
    }),
  });
});

describe('a user of a managed server', () => {
  it('that may not run CONFIG is examined by INFO, which says all but the rule of snapshots', async () => {
    await redis.call('ACL', 'SETUSER', 'managed', 'on', '>s3cret', '~*', '+@all', '-config');
    const lines = await runChecks(as('managed', 's3cret'));
    expect(lines['maxmemory-policy']).toMatchObject({ state: 'ok', found: 'noeviction' });
    expect(lines['persistence']).toMatchObject({
      state: 'warning',
      found: expect.stringContaining('could not be read'),
    });
  });

  it('that may run neither gets a warning for what is not known, and no ok for it', async () => {
    await redis.call('ACL', 'SETUSER', 'shut', 'on', '>s3cret', '~*', '+@all', '-config', '-info');
    const lines = await runChecks(as('shut', 's3cret'));
    const states = Object.fromEntries(Object.entries(lines).map(([name, { state }]) => [name, state]));
    expect(states).toEqual({
      ...{ server: 'warning', writing: 'warning', 'maxmemory-policy': 'warning', memory: 'warning' },
      ...{ persistence: 'warning', scripts: 'ok', jobs: 'ok', clock: 'ok' },
    });
  });

  it('that may run no script gets a problem: no job could be added', async () => {
    await redis.call('ACL', 'SETUSER', 'noscripts', 'on', '>s3cret', '~*', '+@all', '-@scripting');
    const lines = await runChecks(as('noscripts', 's3cret'));
    expect(lines['scripts']).toMatchObject({ state: 'problem', found: expect.stringContaining('eval') });
    expect(lines['jobs']).toMatchObject({
      state: 'problem',
      found: expect.stringContaining('nothing is evaluated'),
      remedy: expect.stringContaining('ACL SETUSER'),
    });
  });

  it('with a wrong password gets a problem in the words of the server, without the password', async () => {
    const lines = await runChecks(as('default', 'wr0ng'));
    expect(Object.keys(lines)).toEqual(['server']);
    expect(lines['server']).toMatchObject({ state: 'problem', found: expect.stringMatching(/WRONGPASS/) });
    expect(lines['server']?.found).toMatch(/^Redis at \S+ refuses the connection: WRONGPASS/);
    expect(JSON.stringify(lines)).not.toContain('wr0ng');
  });

  it('with the rights that the remedy names can do all that is needed, and leaves no key behind', async () => {
    await redis.call('ACL', 'SETUSER', 'noscripts', 'on', '>s3cret', '~*', '+@all', '-@scripting');
    const remedy = (await runChecks(as('noscripts', 's3cret')))['jobs']?.remedy ?? '';
    const rights = /SETUSER doi ([^"]+)"/.exec(remedy)?.[1]?.split(' ') ?? [];
    await redis.call('ACL', 'SETUSER', 'doi', 'on', '>s3cret', ...rights);
    const lines = await runChecks(as('doi', 's3cret'));
    for (const name of ['server', 'scripts', 'jobs', 'maxmemory-policy', 'clock'])
      expect(lines[name], name).toMatchObject({ state: 'ok' });
    expect(await redis.keys('doi-*')).toEqual([]);
  });

  it('that may not use the keys of doi-worker gets a problem', async () => {
    await redis.call('ACL', 'SETUSER', 'elsewhere', 'on', '>s3cret', '~other-*', '+@all');
    expect((await runChecks(as('elsewhere', 's3cret')))['jobs']).toMatchObject({ state: 'problem' });
  });
});
