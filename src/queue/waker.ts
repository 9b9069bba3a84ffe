/** Wakes workers: adds the job that makes a host look at a repository's request. */
import { type Job, type JobsOptions, Queue } from 'bullmq';
import type { Redis } from 'ioredis';
import { PRIORITY } from '../domain/request.js';
import type { Log } from '../platform/log.js';
import { awaitReady, withinLimit } from './redis-connections.js';

/** What a job holds: which repository. What is to be done stands in its request, which is read when the job starts. */
export interface WakeUp {
  readonly repo_id: string;
}

export interface Wake {
  readonly repoId: string;
  /** The home host, whose queue the job goes to. */
  readonly host: string;
  /** The priority of the request. */
  readonly priority: number;
}

const CHUNK = 500;
// A job on its own may wait for the round trip; a chunk of a sweep takes longer.
const CHUNK_LIMIT_MS = 5000;

/** The queue of a host. */
export function queueName(host: string): string {
  return `doi-${host}`;
}

/** Is told how many jobs were added, or could not be. */
export type OnWakeUps = (result: 'sent' | 'failed', count: number) => void;

/** Adds wake-ups to the hosts' queues. */
export class Waker {
  readonly #redis: Redis;
  readonly #log: Log;
  readonly #onEnd: OnWakeUps;
  readonly #queues = new Map<string, Queue<WakeUp>>();

  /** @param onEnd is told of each try */
  constructor(redis: Redis, log: Log, onEnd: OnWakeUps = () => {}) {
    this.#redis = redis;
    this.#log = log;
    this.#onEnd = onEnd;
  }

  /**
   * Wakes the home hosts of repositories. At most one job of a repository waits and one runs; a wake-up during a run
   * leaves one follow-up.
   * @throws {DoiError} `redis_unavailable`: the requests stay, and the watch wakes again
   */
  async wake(wakes: readonly Wake[]): Promise<void> {
    for (const host of new Set(wakes.map((wake) => wake.host))) {
      const group = wakes.filter((wake) => wake.host === host);
      for (let start = 0; start < group.length; start += CHUNK) {
        await this.#wakeAndTell(host, group.slice(start, start + CHUNK));
      }
    }
  }

  async close(): Promise<void> {
    await Promise.all([...this.#queues.values()].map((queue) => queue.close()));
  }

  async #wakeAndTell(host: string, wakes: readonly Wake[]): Promise<void> {
    try {
      await this.#wakeOrForget(host, wakes);
    } catch (error) {
      this.#onEnd('failed', wakes.length);
      throw error;
    }
    this.#onEnd('sent', wakes.length);
  }

  /** A queue that met a Redis that hangs when it was first used fails for ever after: the next call gets another one. */
  async #wakeOrForget(host: string, wakes: readonly Wake[]): Promise<void> {
    await awaitReady(this.#redis);
    try {
      await this.#wakeChunk(host, wakes);
    } catch (error) {
      const queue = this.#queues.get(host);
      this.#queues.delete(host);
      queue?.close().catch((cause: unknown) => this.#log.debug({ error: cause, host }, 'queue error'));
      throw error;
    }
  }

  async #wakeChunk(host: string, wakes: readonly Wake[]): Promise<void> {
    const queue = this.#queue(host);
    const [only] = wakes;
    const jobs =
      wakes.length === 1 && only !== undefined
        ? [await withinLimit(() => this.#add(queue, only))]
        : await withinLimit(() => queue.addBulk(wakes.map(toJob)), CHUNK_LIMIT_MS);
    // A job that was there already keeps its priority: whoever is more urgent raises it.
    const urgent = wakes.flatMap(({ priority }, index) => {
      const jobId = jobs[index]?.id;
      return priority <= PRIORITY.push && jobId !== undefined ? [{ jobId, priority }] : [];
    });
    await Promise.all(urgent.map((one) => this.#raise(queue, one)));
  }

  #add(queue: Queue<WakeUp>, wake: Wake): Promise<Job<WakeUp>> {
    const { name, data, opts } = toJob(wake);
    return queue.add(name, data, opts);
  }

  async #raise(
    queue: Queue<WakeUp>,
    { jobId, priority }: { jobId: string; priority: number },
  ): Promise<void> {
    try {
      const job = await withinLimit(() => queue.getJob(jobId));
      if (job === undefined || job.priority <= priority) return;
      // One with a priority waits in a state of its own.
      if (['waiting', 'prioritized'].includes(await job.getState())) {
        await withinLimit(() => job.changePriority({ priority }));
      }
    } catch (error) {
      // It began meanwhile, so that there is nothing left to raise; or Redis went, and the watch wakes again.
      this.#log.debug({ error, jobId }, 'a waiting job was not raised');
    }
  }

  #queue(host: string): Queue<WakeUp> {
    const known = this.#queues.get(host);
    if (known !== undefined) return known;
    const queue = new Queue<WakeUp>(queueName(host), { connection: this.#redis });
    queue.on('error', (error) => this.#log.debug({ error, host }, 'queue error'));
    this.#queues.set(host, queue);
    return queue;
  }
}

function toJob({ repoId, priority }: Wake): { name: string; data: WakeUp; opts: JobsOptions } {
  return {
    name: 'evaluate',
    data: { repo_id: repoId },
    opts: {
      deduplication: { id: repoId, keepLastIfActive: true },
      priority,
      attempts: 1,
      removeOnComplete: true,
      removeOnFail: { count: 1000, age: 604_800 },
    },
  };
}
