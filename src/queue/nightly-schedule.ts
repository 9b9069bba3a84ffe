/** The nightly sweep's schedule: a BullMQ job scheduler, and the worker that takes its jobs. */
import { type Job, Queue, WaitingError, Worker } from 'bullmq';
import { CronExpressionParser } from 'cron-parser';
import type { Redis } from 'ioredis';
import type { Log } from '../platform/log.js';
import { endsWithin } from '../platform/process/ends-within.js';
import type { Handled } from './consumer.js';
import { NIGHTLY_QUEUE } from './queue-names.js';
import { logWorkerError } from './redis-connections.js';

const SCHEDULER = 'nightly';
/** How long the end of a sweep that is cut off may take, in milliseconds. */
const CLOSE_MS = 2000;

export interface NightlySettings {
  readonly redis: Redis;
  /** Of the keys of this installation. */
  readonly prefix: string;
  /** A cron pattern, checked by the configuration. */
  readonly pattern: string;
  readonly timeZone: string;
  readonly log: Log;
  /** Put back, the sweep is left to another worker, or to this one's next start. */
  readonly sweep: () => Promise<Handled>;
}

/** Runs the sweep by the clock. All workers of all hosts share one schedule; whichever is free takes the job. */
export class NightlySchedule {
  readonly #settings: NightlySettings;
  readonly #queue: Queue;
  readonly #worker: Worker;
  #wasPlaced = false;

  constructor(settings: NightlySettings) {
    this.#settings = settings;
    const { redis, prefix, log } = settings;
    const shared = { connection: redis, prefix, skipVersionCheck: true };
    this.#queue = new Queue(NIGHTLY_QUEUE, shared);
    this.#queue.on('error', (error) => log.debug({ error }, 'queue error'));
    const processor = async (job: Job, token?: string) => {
      if ((await settings.sweep()) === 'done') return;
      await job.moveToWait(token);
      throw new WaitingError();
    };
    // Jobs of a scheduler ignore maxStalledCount, so starts are bounded instead. The sweep itself holds a lease.
    this.#worker = new Worker(NIGHTLY_QUEUE, processor, { ...shared, maxStartedAttempts: 3 });
    this.#worker.on('error', (error) => logWorkerError(log, error, 'nightly worker error'));
    this.#worker.on('failed', (_, error) => log.error({ error }, 'nightly sweep failed'));
    // A server that was started again may have lost its data.
    redis.on('ready', () => this.#wasPlaced && this.ensureOrSay());
  }

  /**
   * Puts the schedule in place where it is missing, as after a wiped Redis, differs, or has lost its next job. Where it is
   * right it is left alone: setting it again would drop a tick that is due. Of workers with different settings the one
   * that started last decides: they must not change it to and fro.
   */
  async ensure(): Promise<void> {
    const { pattern, timeZone } = this.#settings;
    const known = await this.#queue.getJobScheduler(SCHEDULER);
    const jobs = await this.#queue.getJobCountByTypes('delayed', 'waiting', 'prioritized', 'active');
    const isWhole = known !== undefined && jobs > 0;
    const isRight = known?.pattern === pattern && known.tz === timeZone;
    if (!isWhole || !(isRight || this.#wasPlaced)) await this.#place().catch(() => this.#placeAnew());
    this.#wasPlaced = true;
  }

  async #place(): Promise<void> {
    const { pattern, timeZone: tz } = this.#settings;
    const opts = { removeOnComplete: true, removeOnFail: 100 };
    await this.#queue.upsertJobScheduler(SCHEDULER, { pattern, tz }, { name: 'sweep', opts });
  }

  /** Where a schedule has lost a key, what is left of it is in the way: BullMQ makes no job whose id is there already. */
  async #placeAnew(): Promise<void> {
    const { pattern, timeZone: tz } = this.#settings;
    await this.#queue.removeJobScheduler(SCHEDULER);
    const next = CronExpressionParser.parse(pattern, { tz }).next().getTime();
    await this.#queue.remove(`repeat:${SCHEDULER}:${next}`);
    await this.#place();
  }

  /** As {@link ensure}; what goes wrong is logged, since it is looked at again later. */
  async ensureOrSay(): Promise<void> {
    try {
      await this.ensure();
    } catch (error) {
      this.#settings.log.warn({ error }, 'the nightly schedule could not be looked at');
    }
  }

  async close(): Promise<void> {
    // With Redis away it would wait for ever; a sweep that is cut off has its lease run out.
    await endsWithin(this.#worker.close(), CLOSE_MS);
    await endsWithin(this.#queue.close(), 1000);
  }
}
