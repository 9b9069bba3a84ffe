import { Queue } from 'bullmq';
import { Redis } from 'ioredis';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { openLog } from '../../src/platform/log.js';
import { closeSql, openSql } from '../../src/platform/postgres/sql.js';
import { Scope } from '../../src/platform/process/shutdown.js';
import type { Handled } from '../../src/queue/consumer.js';
import { NightlySchedule } from '../../src/queue/nightly-schedule.js';
import { NIGHTLY_QUEUE } from '../../src/queue/queue-names.js';
import { openWorkerConnection } from '../../src/queue/redis-connections.js';
import { sweepNightly } from '../../src/worker/run-nightly.js';
import { type FaultServer, startPostgres, startRedis } from '../helpers/fault-servers.js';
import { openWorld } from '../helpers/world.js';
import { countRuns } from '../integration/queue/signals.js';

const NIGHTLY = '0 3 * * *';
const log = openLog('test', 'silent');

let scope: Scope;
beforeEach(() => {
  scope = new Scope();
});
afterEach(() => scope.close());

/** A worker's part in the schedule, with a connection of its own. */
function open(redis: FaultServer, sweep: () => Promise<Handled>): NightlySchedule {
  const connection = scope.add('worker redis', openWorkerConnection(redis.url, log), (it) => it.disconnect());
  const schedule = new NightlySchedule({
    redis: connection,
    prefix: 'doi-test',
    pattern: NIGHTLY,
    timeZone: 'UTC',
    log,
    sweep,
  });
  return scope.add('schedule', schedule, (it) => it.close());
}

function openQueue(redis: FaultServer): Queue {
  const connection = scope.add('connection', new Redis(redis.url, { maxRetriesPerRequest: null }), (it) =>
    it.disconnect(),
  );
  connection.on('error', () => {});
  const queue = scope.add('queue', new Queue(NIGHTLY_QUEUE, { connection, prefix: 'doi-test' }), (it) =>
    it.close(),
  );
  queue.on('error', () => {});
  return queue;
}

it('when a nightly sweep comes due while everything is down, it runs once when everything is back', async () => {
  const redis = scope.add('redis', await startRedis({ persistent: true }), (it) => it.close());
  const { ran, count, sweep } = countRuns();
  const before = open(redis, sweep);
  await before.ensure();
  await before.close();
  const [tick] = await openQueue(redis).getDelayed();
  // No worker is there to take it.
  await tick?.changeDelay(0);
  await redis.stop();
  expect(count()).toBe(0);

  await redis.restart();
  await Promise.all([open(redis, sweep), open(redis, sweep)].map((worker) => worker.ensure()));
  await ran;
  const queue = openQueue(redis);
  await expect
    .poll(() => queue.getJobCounts('active', 'waiting', 'prioritized', 'delayed'))
    .toEqual({ active: 0, waiting: 0, prioritized: 0, delayed: 1 });
  expect(count()).toBe(1);
  const [next] = await queue.getDelayed();
  const at = new Date((next?.timestamp ?? 0) + (next?.delay ?? 0));
  expect(at.getTime()).toBeGreaterThan(Date.now());
  expect(at.toISOString()).toMatch(/T03:00:00/);
});

it('when Redis loses the nightly schedule, a worker adds it again as soon as Redis answers', async () => {
  const redis = scope.add('redis', await startRedis(), (it) => it.close());
  await open(redis, async () => 'done').ensure();
  await redis.kill();
  await redis.restart();
  const queue = openQueue(redis);
  await expect
    .poll(() => queue.getJobScheduler('nightly'), { timeout: 60_000 })
    .toMatchObject({
      pattern: NIGHTLY,
    });
});

it('when the database is away, the worker retries the nightly sweep until it is back', async () => {
  const postgres = scope.add('postgres', await startPostgres(), (it) => it.close());
  const settings = { url: postgres.url, purpose: 'test', connections: 2 };
  const sql = scope.add('database', openSql(settings), closeSql);
  const world = scope.add('world', await openWorld('nightly'), (it) => it.close());
  const stop = new AbortController();
  await postgres.kill();
  let tries = 0;
  const clock = {
    ...world.deps.clock,
    async sleep(ms: number) {
      if (ms < 10_000) return;
      tries += 1;
      if (tries === 2) await postgres.restart();
    },
  };
  const deps = { ...world.deps, sql, clock, historyDays: 400, wake: async () => {} };
  expect(await sweepNightly({ log, stop }, deps)).toBe('done');
  expect(tries).toBeGreaterThanOrEqual(2);
  expect(await sql`select counts ? 'lost' as lost from doi_sweep where finished_at is not null`).toEqual([
    { lost: false },
  ]);
});
