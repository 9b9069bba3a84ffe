import { Queue } from 'bullmq';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openLog } from '../../../src/platform/log.js';
import { Scope } from '../../../src/platform/process/shutdown.js';
import type { Handled } from '../../../src/queue/consumer.js';
import { NightlySchedule } from '../../../src/queue/nightly-schedule.js';
import { NIGHTLY_QUEUE } from '../../../src/queue/queue-names.js';
import { openTestRedis, type TestRedis } from '../../helpers/test-redis.js';
import { countRuns, makeGate } from './signals.js';

const NIGHTLY = '0 3 * * *';
const PREFIX = 'doi-test';
const log = openLog('test', 'silent');

let scope: Scope;
let redis: TestRedis;
let queue: Queue;
beforeEach(async () => {
  scope = new Scope();
  redis = scope.add('redis', await openTestRedis(), (it) => it.close());
  queue = scope.add(
    'queue',
    new Queue(NIGHTLY_QUEUE, { connection: redis.connection, prefix: PREFIX }),
    (it) => it.close(),
  );
});
afterEach(() => scope.close());

function open(
  pattern: string,
  sweep = async (): Promise<Handled> => 'done',
  timeZone = 'Europe/Berlin',
): NightlySchedule {
  const connection = scope.add('nightly redis', redis.connection.duplicate(), (it) => it.disconnect());
  const schedule = new NightlySchedule({
    redis: connection,
    prefix: PREFIX,
    pattern,
    timeZone,
    log,
    sweep,
  });
  return scope.add('schedule', schedule, (it) => it.close());
}

/** The tick that stands next, as a job of its own. */
async function nextTick() {
  const jobs = await queue.getDelayed();
  return jobs.map(({ id, timestamp, delay }) => ({ id, timestamp, delay }));
}

describe('the nightly schedule', () => {
  it('is created where there is none, at that hour of that time zone', async () => {
    await open(NIGHTLY).ensure();
    expect(await queue.getJobScheduler('nightly')).toMatchObject({ pattern: NIGHTLY, tz: 'Europe/Berlin' });
    const [tick] = await nextTick();
    const at = new Date((tick?.timestamp ?? 0) + (tick?.delay ?? 0));
    expect(at.toLocaleTimeString('en-GB', { timeZone: 'Europe/Berlin' })).toBe('03:00:00');
  });

  it('stays untouched when it is right: to set it again would drop a tick that is due', async () => {
    await open(NIGHTLY).ensure();
    const before = await nextTick();
    await open(NIGHTLY).ensure();
    expect(await nextTick()).toEqual(before);
  });

  it('is changed when the pattern or the time zone differs, and stays a single one', async () => {
    await open(NIGHTLY).ensure();
    await open('30 4 * * *').ensure();
    await open('30 4 * * *', undefined, 'UTC').ensure();
    expect(await queue.getJobSchedulers()).toMatchObject([{ pattern: '30 4 * * *', tz: 'UTC' }]);
    expect(await nextTick()).toHaveLength(1);
  });

  it('is that of the worker that started last, however often the others check it', async () => {
    const early = open(NIGHTLY);
    await early.ensure();
    const late = open('30 4 * * *');
    await late.ensure();
    for (const one of [early, late, early]) await one.ensure();
    expect(await queue.getJobSchedulers()).toMatchObject([{ pattern: '30 4 * * *' }]);
  });

  it('is created again after Redis was wiped', async () => {
    const schedule = open(NIGHTLY);
    await schedule.ensure();
    await redis.connection.flushdb();
    expect(await queue.getJobSchedulersCount()).toBe(0);
    await schedule.ensure();
    expect(await queue.getJobScheduler('nightly')).toMatchObject({ pattern: NIGHTLY });
    expect(await nextTick()).toHaveLength(1);
  });

  it('has its next job again, whichever of its keys was lost', async () => {
    await open(NIGHTLY).ensure();
    const kinds = (await redis.connection.keys(`${PREFIX}:*`)).map(kindOf);
    expect(kinds).toEqual(
      expect.arrayContaining(['delayed', 'repeat', 'repeat:nightly', 'repeat:nightly:TICK']),
    );
    // Of the tick itself the id is left, so that it runs at its time.
    for (const kind of kinds.filter((one) => one !== 'repeat:nightly:TICK')) {
      await redis.connection.flushdb();
      const schedule = open(NIGHTLY);
      await schedule.ensure();
      const before = await nextTick();
      const keys = await redis.connection.keys(`${PREFIX}:*`);
      await redis.connection.del(...keys.filter((key) => kindOf(key) === kind));
      await schedule.ensure();
      expect(
        (await nextTick()).map(({ id }) => id),
        kind,
      ).toEqual(before.map(({ id }) => id));
    }
  });

  it('runs the sweep when its time comes, and again the next time', async () => {
    const twice = makeGate();
    let sweeps = 0;
    await open('* * * * * *', async () => {
      sweeps += 1;
      if (sweeps === 2) twice.open();
      return 'done';
    }).ensure();
    await twice.opened;
  });

  it('goes on after a sweep that failed', async () => {
    const twice = makeGate();
    let sweeps = 0;
    await open('* * * * * *', async () => {
      sweeps += 1;
      if (sweeps === 2) twice.open();
      throw new Error('unforeseen');
    }).ensure();
    await twice.opened;
  });

  it('gives a sweep that the stop of its worker aborted to another worker', async () => {
    const [began, stopping, ended] = [makeGate(), makeGate(), makeGate()];
    const first = open(NIGHTLY, async () => {
      began.open();
      await stopping.opened;
      return 'put-back';
    });
    await first.ensure();
    await makeDue();
    await began.opened;
    const closed = first.close();
    stopping.open();
    await closed;
    await open(NIGHTLY, async () => {
      ended.open();
      return 'done';
    }).ensure();
    await ended.opened;
    expect(await nextTick()).toHaveLength(1);
  });

  it('runs the sweep once when several workers share the schedule', async () => {
    const { ran, count, sweep } = countRuns();
    await Promise.all([open(NIGHTLY, sweep), open(NIGHTLY, sweep)].map((one) => one.ensure()));
    await makeDue();
    await ran;
    await idle();
    expect(count()).toBe(1);
  });
});

/** The kind of a key; the time that the id of a tick holds is another one each time. */
function kindOf(key: string): string {
  return key
    .split(':')
    .slice(2)
    .join(':')
    .replace(/\d{13}/, 'TICK');
}

/** Lets the time of the next tick come. */
async function makeDue(): Promise<void> {
  const [tick] = await queue.getDelayed();
  await tick?.changeDelay(0);
}

/** Nothing waits or runs, and the tick after it stands. */
async function idle(): Promise<void> {
  await expect
    .poll(() => queue.getJobCounts('active', 'waiting', 'prioritized', 'delayed'))
    .toEqual({ active: 0, waiting: 0, prioritized: 0, delayed: 1 });
}
