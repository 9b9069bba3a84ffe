/** Takes wake-ups off a host's queue, with bounded concurrency, and stops without losing one. */
import { setTimeout as delay } from 'node:timers/promises';
import { type Job, WaitingError, Worker } from 'bullmq';
import type { Redis } from 'ioredis';
import type { Log } from '../platform/log.js';
import { endsWithin } from '../platform/process/ends-within.js';
import { hostQueue } from './queue-names.js';
import { logWorkerError } from './redis-connections.js';
import type { WakeUp } from './waker.js';

/** `put-back`: the job goes back to the queue, and this does not count as an attempt. */
export type Handled = 'done' | 'put-back';

export interface ConsumerOptions {
  readonly redis: Redis;
  /** The prefix of this installation's keys. */
  readonly prefix: string;
  readonly host: string;
  readonly concurrency: number;
  readonly log: Log;
  /** Handles one wake-up. The signal aborts when the job's lock is lost or when the worker stops. */
  readonly handle: (repoId: string, signal: AbortSignal) => Promise<Handled>;
  /** How long a job stays with a worker that was killed, and how often BullMQ checks for such jobs, in milliseconds. */
  readonly lockMs?: number;
  readonly stallCheckMs?: number;
  /** How long one blocking wait for a job lasts, in seconds. */
  readonly waitSeconds?: number;
}

// Another worker takes a killed worker's jobs after the lock and a stall check at the latest: 15 s (docs/decisions/).
const LOCK_MS = 10_000;
const STALL_CHECK_MS = 5000;
/** Well below the silence after which its connection counts as dead. */
const WAIT_SECONDS = 5;
/** How long aborted jobs may take to end, in milliseconds. */
const ABORT_MS = 5000;
/** How long Redis may take to record that a job has ended, in milliseconds. */
const NOTE_MS = 2000;

/** Consumes a host's queue until it is closed. */
export class Consumer {
  readonly #worker: Worker<Partial<WakeUp>>;
  readonly #log: Log;
  readonly #handling = new Set<Promise<Handled>>();

  constructor(options: ConsumerOptions) {
    const { redis, prefix, host, concurrency, log } = options;
    const { lockMs = LOCK_MS, stallCheckMs = STALL_CHECK_MS, waitSeconds = WAIT_SECONDS } = options;
    this.#log = log;
    const processor = async (job: Job<Partial<WakeUp>>, token?: string, signal?: AbortSignal) => {
      const { repo_id: repoId } = job.data;
      // Its key was evicted or deleted while its id waited. The watch adds a wake-up for the repository again.
      if (repoId === undefined) return log.warn({ jobId: job.id }, 'Redis has lost what this job was for');
      const handled = await this.#track(options.handle(repoId, signal ?? new AbortController().signal));
      if (handled === 'done') return;
      await job.moveToWait(token);
      throw new WaitingError();
    };
    this.#worker = new Worker<Partial<WakeUp>>(hostQueue(host), processor, {
      connection: redis,
      prefix,
      // So that a user of Redis without the right to run INFO can evaluate.
      skipVersionCheck: true,
      concurrency,
      lockDuration: lockMs,
      stalledInterval: stallCheckMs,
      maxStalledCount: 2,
      drainDelay: waitSeconds,
      // For a job that has lost its own options.
      removeOnComplete: { count: 0 },
    });
    this.#worker.on('error', (error) => logWorkerError(log, error, 'worker error'));
    this.#worker.on('failed', (job, error) => log.error({ repo_id: job?.data.repo_id, error }, 'job failed'));
    this.#worker.on('stalled', (jobId) => log.warn({ jobId }, 'a job stalled: its worker died or hung'));
    this.#worker.on('lockRenewalFailed', (jobIds) => {
      log.warn({ jobIds }, 'locks lost: these jobs end here');
      for (const jobId of jobIds) this.#worker.cancelJob(jobId, 'lock lost');
    });
  }

  /** Takes no further job for now; jobs under way go on. */
  async pause(): Promise<void> {
    await this.#worker.pause(true);
  }

  resume(): void {
    this.#worker.resume();
  }

  /** Stops: takes no further job, and gives jobs under way `graceMs`; then aborts them, so that they go back to the queue. */
  async close(graceMs: number): Promise<void> {
    let isClosed = false;
    const closed = this.#worker.close().then(() => {
      isClosed = true;
    });
    // Without Redis BullMQ would wait for ever.
    const ended = Promise.race([closed, this.#idles()]);
    if (!(await endsWithin(ended, graceMs))) {
      this.#worker.cancelAllJobs('stopping');
      await endsWithin(ended, ABORT_MS);
    }
    if (!isClosed)
      this.#log.warn(
        this.#handling.size > 0
          ? 'jobs are still under way: they run again once their locks have run out'
          : 'Redis does not answer: jobs that this worker had taken run again once their locks have run out',
      );
  }

  /** Resolves when no job is handled, and none has begun for as long as Redis may take to record an end. */
  async #idles(): Promise<void> {
    do {
      await Promise.allSettled(this.#handling);
      await delay(NOTE_MS, undefined, { ref: false });
    } while (this.#handling.size > 0);
  }

  #track(handling: Promise<Handled>): Promise<Handled> {
    this.#handling.add(handling);
    return handling.finally(() => this.#handling.delete(handling));
  }
}
