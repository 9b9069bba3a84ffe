import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openLog, openPlainLog } from '../../src/platform/log.js';
import { Scope } from '../../src/platform/process/shutdown.js';
import { watchOnce } from '../../src/producer/watch.js';
import { Consumer } from '../../src/queue/consumer.js';
import { NightlySchedule } from '../../src/queue/nightly-schedule.js';
import { openProducerConnection, openWorkerConnection } from '../../src/queue/redis-connections.js';
import { Waker } from '../../src/queue/waker.js';
import { addRequests } from '../../src/store/requests/add-requests.js';
import { handleWakeUp } from '../../src/worker/handle-wake-up.js';
import { HostPause } from '../../src/worker/host-pause.js';
import { type FaultServer, startRedis } from '../helpers/fault-servers.js';
import { openWorld, type World } from '../helpers/world.js';
import { makeGate } from '../integration/queue/signals.js';
import { plainRequest } from '../integration/store/rows.js';
import { type DatabaseProxy, startProxy } from './database-proxy.js';

const log = openLog('test', 'silent');
const PREFIX = 'doi-test';
const readPrefix = async () => PREFIX;
/** A producer gives up after 500 ms; held at five times that. */
const LIMIT_MS = 5 * 500;

let scope: Scope;
let server: FaultServer;
beforeEach(async () => {
  scope = new Scope();
  server = scope.add('redis', await startRedis(), (it) => it.close());
});
afterEach(() => scope.close());

function openWaker(url = server.url, silenceMs?: number): Waker {
  const redis = scope.add('producer', openProducerConnection(url, log, silenceMs), (it) => it.disconnect());
  return scope.add('waker', new Waker({ redis, log, readPrefix }), (it) => it.close());
}

const wakes = [{ repoId: 'a', host: 'here', priority: 1 }];

async function expectUnavailable(waker: Waker): Promise<void> {
  const began = performance.now();
  await expect(waker.wake(wakes)).rejects.toMatchObject({ code: 'redis_unavailable' });
  expect(performance.now() - began).toBeLessThan(LIMIT_MS);
}

const expectWorks = (waker: Waker) =>
  expect
    .poll(
      () =>
        waker.wake(wakes).then(
          () => 'works',
          () => 'does not',
        ),
      { timeout: 60_000 },
    )
    .toBe('works');

describe('a waker', () => {
  it('reports within its limit that Redis is away, and works once it is there', async () => {
    await server.kill();
    const waker = openWaker();
    await expectUnavailable(waker);
    await server.restart();
    await expectWorks(waker);
  });

  it('reports within its limit that Redis was killed, and works once it is back', async () => {
    const waker = openWaker();
    await expectWorks(waker);
    await server.kill();
    await expectUnavailable(waker);
    await server.restart();
    await expectWorks(waker);
  });

  it('reports within its limit that Redis hangs, and works once it goes on', async () => {
    const waker = openWaker();
    await expectWorks(waker);
    server.freeze();
    await expectUnavailable(waker);
    server.thaw();
    await expectWorks(waker);
  });

  it('works once Redis goes on, when it hung at the first use', async () => {
    const redis = scope.add('producer', openProducerConnection(server.url, log), (it) => it.disconnect());
    await expect.poll(() => redis.status).toBe('ready');
    const waker = scope.add('waker', new Waker({ redis, log, readPrefix }), (it) => it.close());
    server.freeze();
    await expectUnavailable(waker);
    server.thaw();
    await expectWorks(waker);
  });
});

describe('a consumer', () => {
  it('closes within its limits although Redis hangs', async () => {
    const [began, gate] = [makeGate(), makeGate()];
    const redis = scope.add('worker redis', openWorkerConnection(server.url, log), (it) => it.disconnect());
    const handle = async () => {
      began.open();
      await gate.opened;
      return 'done' as const;
    };
    const consumer = new Consumer({ redis, prefix: PREFIX, host: 'here', concurrency: 1, log, handle });
    await expectWorks(openWaker());
    await began.opened;
    server.freeze();
    gate.open();
    const started = performance.now();
    await consumer.close(100);
    expect(performance.now() - started).toBeLessThan(10_000);
    server.thaw();
  });
});

it('when Redis goes, then a process logs one line, and one more when it is back, however many connections it has', async () => {
  const lines: string[] = [];
  const plain = openPlainLog((line) => lines.push(line));
  const open = () => {
    const redis = openWorkerConnection(server.url, plain);
    return scope.add('worker redis', redis, (it) => it.endAll());
  };
  const [jobs, nights] = [open(), open()];
  const done = async () => 'done' as const;
  const shared = { prefix: PREFIX, log: plain };
  const queue = { redis: jobs, host: 'here', concurrency: 1, handle: done };
  scope.add('consumer', new Consumer({ ...shared, ...queue }), (it) => it.close(100));
  const nightly = { redis: nights, pattern: '0 3 * * *', timeZone: 'UTC', sweep: done };
  scope.add('nightly', new NightlySchedule({ ...shared, ...nightly }), (it) => it.close());
  await expectWorks(openWaker());
  await expect.poll(() => [jobs.status, nights.status]).toEqual(['ready', 'ready']);

  let tries = 0;
  for (const redis of [jobs, nights]) redis.on('error', () => (tries += 1));
  await server.kill();
  await expect.poll(() => tries).toBeGreaterThan(5);
  expect(lines).toEqual(['Redis cannot be used\n']);
  await server.restart();
  await expect.poll(() => lines.slice(1)).toEqual(['Redis answers again\n']);
});

describe('behind a proxy that goes on acknowledging while nothing passes', () => {
  /** Longer than a consumer waits for a job at once. */
  const SILENCE_MS = 1500;
  let proxy: DatabaseProxy;
  beforeEach(async () => {
    proxy = scope.add('proxy', await startProxy(server.url), (it) => it.close());
  });

  it('a waker reconnects', async () => {
    const waker = openWaker(proxy.url, SILENCE_MS);
    await expectWorks(waker);
    proxy.strand();
    const began = performance.now();
    await expectUnavailable(waker);
    await expectWorks(waker);
    expect(performance.now() - began).toBeLessThan(5 * SILENCE_MS);
  });

  it('an idle consumer reconnects, and takes what was added meanwhile', async () => {
    const redis = scope.add('worker redis', openWorkerConnection(proxy.url, log, SILENCE_MS), (it) =>
      it.endAll(),
    );
    const gates = [makeGate(), makeGate()];
    let runs = 0;
    const handle = async () => {
      gates[runs]?.open();
      runs += 1;
      return 'done' as const;
    };
    const settings = { redis, prefix: PREFIX, host: 'here', concurrency: 1, log, handle, waitSeconds: 1 };
    scope.add('consumer', new Consumer(settings), (it) => it.close(100));
    const waker = openWaker();
    await expectWorks(waker);
    await gates[0]?.opened;
    proxy.strand();
    const began = performance.now();
    await waker.wake(wakes);
    await gates[1]?.opened;
    expect(performance.now() - began).toBeLessThan(5 * SILENCE_MS);
  });
});

describe('when Redis loses everything', () => {
  let world: World;
  beforeEach(async () => {
    world = scope.add('world', await openWorld('wiped'), (it) => it.close());
  });

  it('the watch wakes every open request again, and the worker evaluates it', async () => {
    const ids: string[] = [];
    for (const slug of ['a', 'b', 'c']) ids.push(await world.add(slug, { 'SCOPE.md': '# Scope\n' }));
    const waker = openWaker();
    await expectWorks(waker);
    await addRequests(
      world.sql,
      ids.map((id) => plainRequest(id)),
    );
    await waker.wake(ids.map((repoId) => ({ repoId, host: 'here', priority: 5 })));
    // Not persistent: nothing of the queue is left.
    await server.kill();
    await server.restart();
    await world.sql`update doi_request set requested_at = requested_at - interval '10 seconds'`;
    const consumerRedis = scope.add('worker redis', openWorkerConnection(server.url, log), (it) =>
      it.disconnect(),
    );
    const stop = scope.add('stop', new AbortController(), (it) => it.abort());
    const consumer: Consumer = new Consumer({
      ...{ redis: consumerRedis, prefix: PREFIX, host: 'here', concurrency: 2, log },
      handle: (repoId, signal) => handleWakeUp({ deps: world.deps, waker, log, pause }, repoId, signal),
    });
    const pause = new HostPause({
      ...{ consumer, clock: world.deps.clock, log, signal: stop.signal },
      check: async () => {},
      reporter: { begin: () => {}, end: () => {} },
    });
    scope.add('consumer', consumer, (it) => it.close(1000));
    await expectWorks(waker);
    await watchOnce({ ...world.deps, capacity: 2, wake: (some) => waker.wake(some) });
    const stale = async () => {
      const answers = await Promise.all(['a', 'b', 'c'].map((slug) => world.read(slug)));
      return answers.filter((answer) => answer.stale).length;
    };
    await expect.poll(stale, { timeout: 60_000 }).toBe(0);
  });
});
