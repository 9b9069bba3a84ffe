/** Takes wake-ups off a host's queue, with bounded concurrency, and stops without losing one. */
import { type Job, WaitingError, Worker } from 'bullmq';
import type { Redis } from 'ioredis';
import type { Log } from '../platform/log.js';
import { settlesWithin } from '../platform/settles-within.js';
import { queueName, type WakeUp } from './waker.js';

/** `put-back`: the job goes back to the queue and burns no attempt. */
export type Handled = 'done' | 'put-back';

export interface ConsumerSettings {
  readonly redis: Redis;
  readonly host: string;
  readonly concurrency: number;
  readonly log: Log;
  /** Handles one wake-up. The signal aborts when the job's lock is lost or the worker stops. */
  readonly handle: (repoId: string, signal: AbortSignal) => Promise<Handled>;
}

// A worker that was killed is noticed after lock and stall check at the latest: 15 s. docs/decisions has the reasons.
const LOCK_MS = 10_000;
const STALL_CHECK_MS = 5000;

/** Consumes a host's queue until it is closed. */
export class Consumer {
  readonly #worker: Worker<WakeUp>;

  constructor({ redis, host, concurrency, log, handle }: ConsumerSettings) {
    const processor = async (job: Job<WakeUp>, token?: string, signal?: AbortSignal) => {
      const handled = await handle(job.data.repo_id, signal ?? new AbortController().signal);
      if (handled === 'done') return;
      await job.moveToWait(token);
      throw new WaitingError();
    };
    this.#worker = new Worker<WakeUp>(queueName(host), processor, {
      connection: redis,
      concurrency,
      lockDuration: LOCK_MS,
      stalledInterval: STALL_CHECK_MS,
      maxStalledCount: 2,
    });
    this.#worker.on('error', (error) => log.warn({ error }, 'worker error'));
    this.#worker.on('failed', (job, error) => log.error({ repo_id: job?.data.repo_id, error }, 'job failed'));
    this.#worker.on('stalled', (jobId) => log.warn({ jobId }, 'a job stalled: its worker died or hung'));
    this.#worker.on('lockRenewalFailed', (jobIds) => {
      log.warn({ jobIds }, 'locks lost: these jobs end here');
      for (const jobId of jobIds) this.#worker.cancelJob(jobId, 'lock lost');
    });
  }

  /** Takes no further job for now; those under way go on. */
  async pause(): Promise<void> {
    await this.#worker.pause(true);
  }

  resume(): void {
    this.#worker.resume();
  }

  /** Stops: takes no further job, gives those under way `graceMs`, then aborts them so that they are put back. */
  async close(graceMs: number): Promise<void> {
    const closed = this.#worker.close();
    if (await settlesWithin(closed, graceMs)) return;
    this.#worker.cancelAllJobs('stopping');
    // With Redis away it would wait for ever.
    if (!(await settlesWithin(closed, 5000))) await this.#worker.disconnect();
  }
}
