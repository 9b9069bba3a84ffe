import { randomUUID } from 'node:crypto';
import { Worker } from 'bullmq';
import type { Redis } from 'ioredis';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openLog } from '../../../src/platform/log.js';
import { Scope } from '../../../src/platform/process/shutdown.js';
import { Consumer, type Handled } from '../../../src/queue/consumer.js';
import { hostQueue } from '../../../src/queue/queue-names.js';
import { openProducerConnection } from '../../../src/queue/redis-connections.js';
import { Waker } from '../../../src/queue/waker.js';
import { openTestRedis, type TestRedis } from '../../helpers/test-redis.js';
import { makeGate } from './signals.js';

const PREFIX = 'doi-test';
const REPO = 'repo-a';
const log = openLog('test', 'silent');
/** A worker's limits, shortened. */
const LOCK_MS = 200;
const STALL_CHECK_MS = 100;
/** How often the watch wakes overdue repositories, shortened. */
const WATCH_MS = 50;

let scope: Scope;
let redis: TestRedis;
let waker: Waker;
beforeAll(async () => {
  scope = new Scope();
  redis = scope.add('redis', await openTestRedis(), (it) => it.close());
  const producer: Redis = scope.add('producer', openProducerConnection(redis.url, log), (it) =>
    it.disconnect(),
  );
  const settings = { redis: producer, log, readPrefix: async () => PREFIX };
  waker = scope.add('waker', new Waker(settings), (it) => it.close());
});
afterAll(() => scope.close());

const wake = (host: string) => waker.wake([{ repoId: REPO, host, priority: 5 }]);

/** One repository on a host of its own. */
interface Case {
  readonly host: string;
  readonly scope: Scope;
  /** How often a run of it has begun. */
  runs: number;
}

/** Brings a job into a state. @returns what has to happen once keys are lost */
type State = (one: Case) => Promise<() => void>;

const states: Readonly<Record<string, State>> = {
  async 'is waiting'({ host }) {
    await wake(host);
    return () => {};
  },
  async 'went back to the queue'(one) {
    const began = makeGate();
    const consumer = consume(one, async () => {
      void consumer.pause();
      began.open();
      return 'put-back';
    });
    await wake(one.host);
    await began.opened;
    await consumer.close(1000);
    return () => {};
  },
  async 'is running, with a follow-up'(one) {
    const [began, gate] = [makeGate(), makeGate()];
    consume(one, async () => {
      began.open();
      await gate.opened;
      return 'done';
    });
    await wake(one.host);
    await began.opened;
    await wake(one.host);
    return gate.open;
  },
  async 'is of a worker that was killed, with a follow-up'({ host, scope: own }) {
    const connection = own.add('killed redis', redis.connection.duplicate(), (it) => it.disconnect());
    const settings = { connection, prefix: PREFIX, autorun: false, lockDuration: LOCK_MS };
    const killed = own.add('killed', new Worker(hostQueue(host), null, settings), (it) => it.close());
    await wake(host);
    await killed.getNextJob('token', { block: false });
    await wake(host);
    return () => {};
  },
};

function consume(one: Case, handle: () => Promise<Handled>): Consumer {
  const { host, scope: own } = one;
  const connection = own.add('consumer redis', redis.connection.duplicate(), (it) => it.disconnect());
  const limits = { lockMs: LOCK_MS, stallCheckMs: STALL_CHECK_MS };
  const counted = () => {
    one.runs += 1;
    return handle();
  };
  const settings = {
    redis: connection,
    prefix: PREFIX,
    host,
    concurrency: 2,
    log,
    handle: counted,
    ...limits,
  };
  return own.add('consumer', new Consumer(settings), (it) => it.close(0));
}

/** The keys of a host's queue by kind, since the ids of jobs differ each time. */
async function findKeys(host: string): Promise<Map<string, string[]>> {
  const found = new Map<string, string[]>();
  const start = `${PREFIX}:${hostQueue(host)}:`;
  for (const key of await redis.connection.keys(`${start}*`)) {
    const kind = key.slice(start.length).replace(/[0-9a-f-]{36}/, 'JOB');
    found.set(kind, [...(found.get(kind) ?? []), key]);
  }
  return found;
}

/** Wakes as the watch does, until the repository has run. */
async function wakesUntilRun(one: Case): Promise<boolean> {
  const { runs } = one;
  for (let passes = 0; passes < 200 && one.runs === runs; passes += 1) {
    await wake(one.host);
    await new Promise((resolve) => setTimeout(resolve, WATCH_MS));
  }
  return one.runs > runs;
}

/** @returns whether the repository runs after keys of these kinds are lost, and once more after that */
async function runsAfterLoss(state: State, host: string, kinds: readonly string[]): Promise<boolean> {
  const one: Case = { host, scope: new Scope(), runs: 0 };
  try {
    const goOn = await state(one);
    const keys = await findKeys(host);
    const lost = kinds.flatMap((kind) => keys.get(kind) ?? []);
    if (lost.length > 0) await redis.connection.del(...lost);
    consume(one, async () => 'done');
    goOn();
    return (await wakesUntilRun(one)) && (await wakesUntilRun(one));
  } finally {
    await one.scope.close();
  }
}

/** Keys whose loss costs a setting, a counter or a line of a log: any of them alone, and no pair of them. */
const SIDE_KINDS = new Set(['events', 'meta', 'id', 'pc', 'marker', 'stalled-check']);

/** Each kind, and each pair of those that hold a job. */
function setsOf(kinds: readonly string[]): string[][] {
  const main = kinds.filter((kind) => !SIDE_KINDS.has(kind));
  const pairs = main.flatMap((kind, index) => main.slice(index + 1).map((other) => [kind, other]));
  return [...kinds.map((kind) => [kind]), ...pairs];
}

describe.each(Object.entries(states))('a repository whose job %s', (_, state) => {
  it('is evaluated again, and once more after that, whichever keys of its queue were lost', async () => {
    const sample: Case = { host: randomUUID(), scope: new Scope(), runs: 0 };
    const goOn = await state(sample);
    const kinds = [...(await findKeys(sample.host)).keys()];
    goOn();
    await sample.scope.close();
    const never: string[] = [];
    const sets = setsOf(kinds);
    const lane = async () => {
      for (let lost = sets.pop(); lost !== undefined; lost = sets.pop())
        if (!(await runsAfterLoss(state, randomUUID(), lost))) never.push(lost.join(' and '));
    };
    await Promise.all(Array.from({ length: 16 }, lane));
    expect(never).toEqual([]);
  }, 60_000);
});
