import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Scope } from '../../src/platform/process/shutdown.js';
import { type FaultServer, startPostgres, startRedis } from '../helpers/fault-servers.js';
import { openWorld, type World } from '../helpers/world.js';
import { readRequest } from '../integration/store/rows.js';
import { deliver, deliveryOf, type Reply, send } from '../integration/web/deliveries.js';
import { startWeb, TOKEN } from '../integration/web/web.js';

/** An answer is promised within 500 ms whatever Redis does; held at five times that. */
const LIMIT_MS = 5 * 500;

let scope: Scope;
let lines: string[];
const log = pino({ level: 'warn' }, { write: (line) => void lines.push(line) });
beforeEach(() => {
  scope = new Scope();
  lines = [];
});
afterEach(() => scope.close());

async function inTime(asked: Promise<Reply>): Promise<Reply> {
  const began = performance.now();
  const reply = await asked;
  expect(performance.now() - began).toBeLessThan(LIMIT_MS);
  return reply;
}

describe('with a Redis', () => {
  let world: World;
  let redis: FaultServer;
  beforeEach(async () => {
    world = scope.add('world', await openWorld('web-redis'), (it) => it.close());
    await world.add('thing');
    await world.sql`update managed_repos set remote_url = 'https://git.example/acme/thing'`;
    redis = scope.add('redis', await startRedis(), (it) => it.close());
  });
  const start = (web = scope) =>
    startWeb(web, { databaseUrl: world.url, log, env: { REDIS_URL: redis.url } });

  async function expectAnswers(url: string): Promise<void> {
    const push = await inTime(deliver(url, deliveryOf('github')));
    expect(push.json).toEqual({ accepted: true, repositories: ['thing'] });
    const headers = [
      ['Host', 'localhost'],
      ['Authorization', `Bearer ${TOKEN}`],
    ] as const;
    expect(await inTime(send(`${url}/repos/thing/doi/refresh`, { headers }))).toMatchObject({ status: 202 });
    for (const path of ['/repos/thing/doi', '/repos/doi/summary', '/readyz'])
      expect(await inTime(send(url + path, { method: 'GET', headers })), path).toMatchObject({ status: 200 });
    expect(await readRequest(world.sql, await world.id('thing'))).toMatchObject({
      priority: 1,
      forced: true,
    });
  }

  const jobs = async () => {
    const { openTestQueue } = await import('../integration/web/queue.js');
    return openTestQueue(scope, { url: redis.url, sql: world.sql });
  };

  it('an accepted push wakes the worker', async () => {
    const url = await start();
    await deliver(url, deliveryOf('github'));
    const queue = await jobs();
    await expect
      .poll(() => queue.waiting(), { timeout: 60_000 })
      .toEqual([{ repoId: await world.id('thing'), priority: 2 }]);
  });

  it('that is frozen, the process answers everything in time, and stops within its limit', async () => {
    const web = new Scope();
    const url = await start(web);
    await expectAnswers(url);
    redis.freeze();
    await expectAnswers(url);
    const replies = await inTime(
      Promise.all(Array.from({ length: 50 }, () => deliver(url, deliveryOf('github')))).then((all) => {
        expect(all.every(({ status }) => status === 202)).toBe(true);
        return all[0]!;
      }),
    );
    expect(replies.status).toBe(202);
    const began = performance.now();
    await web.close();
    expect(performance.now() - began).toBeLessThan(20_000);
    redis.thaw();
  });

  it('that is away at the start, the process answers everything in time, and wakes the worker once it is back', async () => {
    await redis.kill();
    const url = await start();
    await expectAnswers(url);
    await expect
      .poll(() => lines.filter((line) => line.includes('wake-ups could not be sent')))
      .toHaveLength(1);
    await redis.restart();
    const queue = await jobs();
    await expect.poll(async () => (await queue.waiting()).length, { timeout: 60_000 }).toBe(1);
    expect(lines.join('')).not.toContain(TOKEN);
  });
});

describe('without PostgreSQL', () => {
  it('a push and a refresh are answered 503 with Retry-After', async () => {
    const postgres = scope.add('postgres', await startPostgres(), (it) => it.close());
    const url = await startWeb(scope, { databaseUrl: postgres.url, log });
    await postgres.kill();
    const headers = [
      ['Host', 'localhost'],
      ['Authorization', `Bearer ${TOKEN}`],
    ] as const;
    for (const asked of [
      deliver(url, deliveryOf('github')),
      send(`${url}/repos/a/doi/refresh`, { headers }),
    ]) {
      const reply = await inTime(asked);
      expect(reply).toMatchObject({ status: 503, json: { code: 'database_unavailable' } });
      expect(reply.headers['retry-after']).toMatch(/^\d+$/);
    }
    // What needs no database is answered as usual.
    const { headers: proven, body } = deliveryOf('github');
    expect(await deliver(url, { provider: 'github', headers: proven, body: `${body} ` })).toMatchObject({
      status: 401,
    });
  });
});
