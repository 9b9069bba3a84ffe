/** Runs the nightly sweep by a schedule that all workers share: a BullMQ job scheduler, and the worker that takes its jobs. */
import { type Job, Queue, WaitingError, Worker } from 'bullmq';
import { CronExpressionParser } from 'cron-parser';
import type { Redis } from 'ioredis';
import type { Log } from '../platform/log.js';
import { endsWithin } from '../platform/process/ends-within.js';
import type { Handled } from './consumer.js';
import { NIGHTLY_QUEUE } from './queue-names.js';
import { logWorkerError } from './redis-connections.js';

const SCHEDULER = 'nightly';
/** How long an aborted sweep may take to end, in milliseconds. */
const CLOSE_MS = 2000;

export interface NightlyOptions {
  readonly redis: Redis;
  /** The prefix of this installation's keys. */
  readonly prefix: string;
  /** A cron pattern that the configuration has checked. */
  readonly pattern: string;
  readonly timeZone: string;
  readonly log: Log;
  /** With `put-back` another worker runs the sweep, or this one after its next start. */
  readonly sweep: () => Promise<Handled>;
}

/** All workers of all hosts share one schedule; any free worker takes its job. */
export class NightlySchedule {
  readonly #options: NightlyOptions;
  readonly #queue: Queue;
  readonly #worker: Worker;
  #wasPlaced = false;

  constructor(options: NightlyOptions) {
    this.#options = options;
    const { redis, prefix, log } = options;
    const shared = { connection: redis, prefix, skipVersionCheck: true };
    this.#queue = new Queue(NIGHTLY_QUEUE, shared);
    this.#queue.on('error', (error) => log.debug({ error }, 'queue error'));
    const processor = async (job: Job, token?: string) => {
      if ((await options.sweep()) === 'done') return;
      await job.moveToWait(token);
      throw new WaitingError();
    };
    // Jobs of a scheduler ignore maxStalledCount, so this bounds their starts instead. The sweep itself holds a lease.
    this.#worker = new Worker(NIGHTLY_QUEUE, processor, { ...shared, maxStartedAttempts: 3 });
    this.#worker.on('error', (error) => logWorkerError(log, error, 'nightly worker error'));
    this.#worker.on('failed', (_, error) => log.error({ error }, 'nightly sweep failed'));
    // A restarted server may have lost its data.
    redis.on('ready', () => this.#wasPlaced && this.ensureOrLog());
  }

  /**
   * Creates the schedule where it is missing, as after a wiped Redis, differs, or has lost its next job. A right schedule
   * stays untouched: to set it again would drop a tick that is due. Of workers with different settings the one that started
   * last decides, since otherwise they would change it to and fro.
   */
  async ensure(): Promise<void> {
    const { pattern, timeZone } = this.#options;
    const known = await this.#queue.getJobScheduler(SCHEDULER);
    const jobs = await this.#queue.getJobCountByTypes('delayed', 'waiting', 'prioritized', 'active');
    const isWhole = known !== undefined && jobs > 0;
    const isRight = known?.pattern === pattern && known.tz === timeZone;
    if (!isWhole || !(isRight || this.#wasPlaced)) await this.#place().catch(() => this.#clearAndPlace());
    this.#wasPlaced = true;
  }

  async #place(): Promise<void> {
    const { pattern, timeZone: tz } = this.#options;
    const opts = { removeOnComplete: true, removeOnFail: 100 };
    await this.#queue.upsertJobScheduler(SCHEDULER, { pattern, tz }, { name: 'sweep', opts });
  }

  /** Where a schedule has lost a key, its remains have to go first: BullMQ adds no job whose id exists already. */
  async #clearAndPlace(): Promise<void> {
    const { pattern, timeZone: tz } = this.#options;
    await this.#queue.removeJobScheduler(SCHEDULER);
    const next = CronExpressionParser.parse(pattern, { tz }).next().getTime();
    await this.#queue.remove(`repeat:${SCHEDULER}:${next}`);
    await this.#place();
  }

  /** {@link ensure}, but logs an error, since a later call tries again. */
  async ensureOrLog(): Promise<void> {
    try {
      await this.ensure();
    } catch (error) {
      this.#options.log.warn({ error }, 'the nightly schedule could not be checked');
    }
  }

  async close(): Promise<void> {
    // Without Redis this would wait for ever; the lease of an aborted sweep runs out by itself.
    await endsWithin(this.#worker.close(), CLOSE_MS);
    await endsWithin(this.#queue.close(), 1000);
  }
}
