import { Queue } from 'bullmq';
import type { Redis } from 'ioredis';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openLog } from '../../../src/platform/log.js';
import { Scope } from '../../../src/platform/process/shutdown.js';
import { Consumer, type ConsumerOptions } from '../../../src/queue/consumer.js';
import { hostQueue } from '../../../src/queue/queue-names.js';
import { openProducerConnection } from '../../../src/queue/redis-connections.js';
import { Waker } from '../../../src/queue/waker.js';
import { openTestRedis, type TestRedis } from '../../helpers/test-redis.js';
import { aborted, makeGate } from './signals.js';

const log = openLog('test', 'silent');
const PREFIX = 'doi-test';

let scope: Scope;
let redis: TestRedis;
let waker: Waker;
let queue: Queue;
beforeEach(async () => {
  scope = new Scope();
  redis = scope.add('redis', await openTestRedis(), (it) => it.close());
  const producer: Redis = scope.add('producer', openProducerConnection(redis.url, log), (it) =>
    it.disconnect(),
  );
  await new Promise((resolve) => producer.once('ready', resolve));
  waker = scope.add('waker', new Waker({ redis: producer, log, readPrefix: async () => PREFIX }), (it) =>
    it.close(),
  );
  queue = scope.add(
    'queue',
    new Queue(hostQueue('here'), { connection: redis.connection, prefix: PREFIX }),
    (it) => it.close(),
  );
});
afterEach(() => scope.close());

const wake = (repoId: string, priority = 5) => waker.wake([{ repoId, host: 'here', priority }]);

function consume(handle: ConsumerOptions['handle'], concurrency = 4): Consumer {
  const connection = redis.connection.duplicate();
  scope.add('consumer redis', connection, (it) => it.disconnect());
  const settings = { redis: connection, prefix: PREFIX, host: 'here', concurrency, log, handle };
  return scope.add('consumer', new Consumer(settings), (it) => it.close(100));
}

async function countJobs(): Promise<number> {
  return Object.values(await queue.getJobCounts()).reduce((sum, count) => sum + count, 0);
}

/** Nothing waits, nothing runs, nothing failed. */
const expectDrained = () => expect.poll(countJobs, { timeout: 10_000 }).toBe(0);

describe('wake-ups', () => {
  it('of one repository, while one waits, lead to one run', async () => {
    await Promise.all(Array.from({ length: 50 }, () => wake('a')));
    const runs: string[] = [];
    consume(async (repoId) => {
      runs.push(repoId);
      return 'done';
    });
    await expectDrained();
    expect(runs).toEqual(['a']);
  });

  it('that Redis took in time do not count as failed when this process itself was late', async () => {
    await wake('a');
    const woken = wake('b');
    await new Promise((resolve) => setImmediate(resolve));
    for (const end = performance.now() + 700; performance.now() < end; );
    await expect(woken).resolves.toBeUndefined();
  });

  it('of one repository, while it runs, lead to exactly one more run, which begins when the first has ended', async () => {
    const [began, gate] = [makeGate(), makeGate()];
    let running = 0;
    const together: number[] = [];
    consume(async () => {
      running += 1;
      together.push(running);
      began.open();
      await gate.opened;
      running -= 1;
      return 'done';
    });
    await wake('a');
    await began.opened;
    await Promise.all(Array.from({ length: 50 }, () => wake('a')));
    gate.open();
    await expectDrained();
    expect(together).toEqual([1, 1]);
  });

  it('of different repositories run at the same time, up to the capacity of the host', async () => {
    const gate = makeGate();
    let running = 0;
    let most = 0;
    consume(async () => {
      running += 1;
      most = Math.max(most, running);
      if (running === 2) gate.open();
      await gate.opened;
      running -= 1;
      return 'done';
    }, 2);
    await waker.wake(['a', 'b', 'c', 'd'].map((repoId) => ({ repoId, host: 'here', priority: 5 })));
    await expectDrained();
    expect(most).toBe(2);
  });

  it('of a person or a push raise a waiting job, which then runs before the others', async () => {
    for (const repoId of ['a', 'b', 'c']) await wake(repoId, 10);
    await wake('c', 1);
    await wake('b', 2);
    const runs: string[] = [];
    consume(async (repoId) => {
      runs.push(repoId);
      return 'done';
    }, 1);
    await expectDrained();
    expect(runs).toEqual(['c', 'b', 'a']);
  });

  it('go to the queue of the host that is named', async () => {
    const there = scope.add(
      'there',
      new Queue(hostQueue('there'), { connection: redis.connection, prefix: PREFIX }),
      (it) => it.close(),
    );
    await waker.wake([
      { repoId: 'a', host: 'here', priority: 5 },
      { repoId: 'b', host: 'there', priority: 5 },
    ]);
    expect([await queue.count(), await there.count()]).toEqual([1, 1]);
  });

  it('of more repositories than fit into one message all arrive', async () => {
    const ids = Array.from({ length: 1201 }, (_, n) => `r${n}`);
    await waker.wake(ids.map((repoId) => ({ repoId, host: 'here', priority: 10 })));
    expect(await queue.count()).toBe(1201);
  });
});

describe('a job that goes back to the queue', () => {
  it('runs again, as often as needed, and none of that counts as an attempt', async () => {
    let runs = 0;
    consume(async () => {
      runs += 1;
      return runs < 5 ? 'put-back' : 'done';
    });
    await wake('a');
    await expectDrained();
    expect(runs).toBe(5);
  });

  it('waits there, and a wake-up collapses into it', async () => {
    let runs = 0;
    const began = makeGate();
    const consumer = consume(async () => {
      runs += 1;
      if (runs > 1) return 'done';
      void consumer.pause();
      began.open();
      return 'put-back';
    });
    await wake('a');
    await began.opened;
    await expect.poll(() => queue.getActiveCount()).toBe(0);
    await wake('a');
    expect(await queue.count()).toBe(1);
    consumer.resume();
    await expectDrained();
    expect(runs).toBe(2);
  });
});

describe('a job that throws', () => {
  it('is kept as failed, and a later wake-up of its repository runs', async () => {
    let runs = 0;
    consume(async () => {
      runs += 1;
      if (runs === 1) throw new Error('unforeseen');
      return 'done';
    });
    await wake('a');
    await expect.poll(() => queue.getFailedCount()).toBe(1);
    await wake('a');
    await expect.poll(() => runs).toBe(2);
  });
});

describe('closing a consumer', () => {
  it('lets a job end that needs no longer than the grace', async () => {
    const [began, gate] = [makeGate(), makeGate()];
    let wasAborted: boolean | undefined;
    const consumer = consume(async (_, signal) => {
      began.open();
      await gate.opened;
      wasAborted = signal.aborted;
      return 'done';
    });
    await wake('a');
    await began.opened;
    const closing = consumer.close(10_000);
    gate.open();
    await closing;
    expect(wasAborted).toBe(false);
    await expectDrained();
  });

  it('aborts a job that needs longer, which goes back to the queue and runs elsewhere', async () => {
    const began = makeGate();
    const consumer = consume(async (_, signal) => {
      began.open();
      await aborted(signal);
      return 'put-back';
    });
    await wake('a');
    await began.opened;
    await consumer.close(50);
    expect(await queue.getActiveCount()).toBe(0);
    expect(await queue.count()).toBe(1);
    const runs: string[] = [];
    consume(async (repoId) => {
      runs.push(repoId);
      return 'done';
    });
    await expectDrained();
    expect(runs).toEqual(['a']);
  });

  it('paused, takes no job until it resumes', async () => {
    const runs: string[] = [];
    const consumer = consume(async (repoId) => {
      runs.push(repoId);
      return 'done';
    });
    await consumer.pause();
    await wake('a');
    // A second consumer shows that the job could be taken.
    expect(await queue.count()).toBe(1);
    expect(runs).toEqual([]);
    consumer.resume();
    await expectDrained();
    expect(runs).toEqual(['a']);
  });
});
