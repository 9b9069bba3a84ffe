/** Wakes workers: adds the job that makes a host start a repository's request. */
import { randomUUID } from 'node:crypto';
import { type Job, type JobsOptions, Queue } from 'bullmq';
import type { Redis } from 'ioredis';
import { PRIORITY } from '../domain/request.js';
import type { Log } from '../platform/log.js';
import { hostQueue } from './queue-names.js';
import { awaitReady, withinLimit } from './redis-connections.js';

/** The data of a job: only the repository. The worker reads the request itself when the job starts. */
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
// A single job takes a round trip; a chunk of a sweep takes longer.
const CHUNK_LIMIT_MS = 5000;

/** Called with the number of jobs that were added, or could not be. */
export type OnWakeUps = (result: 'sent' | 'failed', count: number) => void;

export interface WakerOptions {
  readonly redis: Redis;
  readonly log: Log;
  /** Reads the prefix of this installation's keys. The waker calls it until it has returned once. */
  readonly readPrefix: () => Promise<string>;
  /** Called after each try. */
  readonly onEnd?: OnWakeUps;
}

/** Adds wake-ups to the hosts' queues. */
export class Waker {
  readonly #redis: Redis;
  readonly #log: Log;
  readonly #readPrefix: () => Promise<string>;
  readonly #onEnd: OnWakeUps;
  #prefix: string | undefined;
  readonly #queues = new Map<string, Queue<WakeUp>>();

  constructor({ redis, log, readPrefix, onEnd = () => {} }: WakerOptions) {
    this.#redis = redis;
    this.#log = log;
    this.#readPrefix = readPrefix;
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
        await this.#wakeAndNotify(host, group.slice(start, start + CHUNK));
      }
    }
  }

  async close(): Promise<void> {
    await Promise.all([...this.#queues.values()].map((queue) => queue.close()));
  }

  async #wakeAndNotify(host: string, wakes: readonly Wake[]): Promise<void> {
    try {
      await awaitReady(this.#redis);
      await this.#wakeChunk(host, wakes);
    } catch (error) {
      this.#onEnd('failed', wakes.length);
      throw error;
    }
    this.#onEnd('sent', wakes.length);
  }

  async #wakeChunk(host: string, wakes: readonly Wake[]): Promise<void> {
    this.#prefix ??= await this.#readPrefix();
    const queue = this.#queue(host, this.#prefix);
    const adds = wakes.map(toAdd);
    const jobs = await addAll(queue, adds);
    const collapsed = jobs.flatMap((job, index) => {
      const add = adds[index];
      return add === undefined || job.id === add.opts.jobId ? [] : { add, job };
    });
    const lost = await Promise.all(collapsed.map((one) => this.#raiseOrClear(queue, one)));
    const again = lost.flatMap((add) => add ?? []);
    if (again.length > 0) await addAll(queue, again);
  }

  /**
   * A job that existed already keeps its priority, so a more urgent wake-up raises it. A job that Redis has lost from its
   * lists, by an eviction or by hand, would absorb every wake-up of its repository and never run, so this clears it away.
   * @returns the wake-up, if it has to be added again
   */
  async #raiseOrClear(queue: Queue<WakeUp>, { add, job }: Collapsed): Promise<Add | undefined> {
    const jobId = job.id ?? '';
    const { priority } = add.opts;
    try {
      const state = await withinLimit(() => job.getState());
      if (!RUNNABLE.has(state)) return (await this.#clear(queue, { add, job })) ? add : undefined;
      // A job with a priority waits in the state `prioritized`.
      if (priority > PRIORITY.push || !['waiting', 'prioritized'].includes(state)) return undefined;
      const waiting = await withinLimit(() => queue.getJob(jobId));
      if (waiting !== undefined && waiting.priority > priority)
        await withinLimit(() => waiting.changePriority({ priority }));
    } catch (error) {
      // The job began meanwhile and needs no priority; or Redis is gone, and the watch adds the wake-up again.
      this.#log.debug({ error, jobId }, 'a waiting job was not raised');
    }
    return undefined;
  }

  /** Removes a job that is in no list, unless it ended meanwhile or a worker still has it. */
  async #clear(queue: Queue<WakeUp>, { add, job }: Collapsed): Promise<boolean> {
    const jobId = job.id ?? '';
    const current = await withinLimit(() => queue.getDeduplicationJobId(add.data.repo_id));
    if (current !== jobId) return false;
    if ((await withinLimit(() => queue.remove(jobId))) !== 1) return false;
    // Where its hash was lost, removing the job leaves this key behind.
    await withinLimit(() => job.removeDeduplicationKey());
    this.#log.warn(
      { repo_id: add.data.repo_id, jobId },
      'Redis had lost a job from its lists: the waker adds it again',
    );
    return true;
  }

  #queue(host: string, prefix: string): Queue<WakeUp> {
    const known = this.#queues.get(host);
    if (known !== undefined) return known;
    const queue = new Queue<WakeUp>(hostQueue(host), {
      connection: this.#redis,
      prefix,
      // Reading the version may be refused, and a Redis that hangs during it makes the queue unusable for ever.
      skipVersionCheck: true,
    });
    queue.on('error', (error) => this.#log.debug({ error, host }, 'queue error'));
    this.#queues.set(host, queue);
    return queue;
  }
}

/** The states from which a job will run. */
const RUNNABLE: ReadonlySet<string> = new Set(['waiting', 'prioritized', 'delayed', 'active']);

interface Add {
  readonly name: string;
  readonly data: WakeUp;
  readonly opts: JobsOptions & { readonly jobId: string; readonly priority: number };
}

/** A wake-up, and the job of its repository that existed already. */
interface Collapsed {
  readonly add: Add;
  readonly job: Job<WakeUp>;
}

/** @returns for each the added job, or the one that existed already */
async function addAll(queue: Queue<WakeUp>, adds: readonly Add[]): Promise<readonly Job<WakeUp>[]> {
  const [only] = adds;
  return adds.length === 1 && only !== undefined
    ? [await withinLimit(() => queue.add(only.name, only.data, only.opts))]
    : withinLimit(() => queue.addBulk([...adds]), CHUNK_LIMIT_MS);
}

function toAdd({ repoId, priority }: Wake): Add {
  return {
    name: 'evaluate',
    data: { repo_id: repoId },
    opts: {
      // A new random id: if BullMQ returns a job with another id, that job existed already.
      jobId: randomUUID(),
      deduplication: { id: repoId, keepLastIfActive: true },
      priority,
      attempts: 1,
      removeOnComplete: true,
      removeOnFail: { count: 1000, age: 604_800 },
    },
  };
}
