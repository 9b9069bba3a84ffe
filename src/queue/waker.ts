/** Wakes workers: adds the job that makes a host look at a repository's request. */
import { randomUUID } from 'node:crypto';
import { type Job, type JobsOptions, Queue } from 'bullmq';
import type { Redis } from 'ioredis';
import { PRIORITY } from '../domain/request.js';
import type { Log } from '../platform/log.js';
import { hostQueue } from './queue-names.js';
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

/** Is told how many jobs were added, or could not be. */
export type OnWakeUps = (result: 'sent' | 'failed', count: number) => void;

export interface WakerSettings {
  readonly redis: Redis;
  readonly log: Log;
  /** Reads the prefix of this installation's keys. It is asked until it has answered once. */
  readonly readPrefix: () => Promise<string>;
  /** Is told of each try. */
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

  constructor({ redis, log, readPrefix, onEnd = () => {} }: WakerSettings) {
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
        await this.#wakeAndTell(host, group.slice(start, start + CHUNK));
      }
    }
  }

  async close(): Promise<void> {
    await Promise.all([...this.#queues.values()].map((queue) => queue.close()));
  }

  async #wakeAndTell(host: string, wakes: readonly Wake[]): Promise<void> {
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
   * A job that was there already keeps its priority: whoever is more urgent raises it. One that Redis has lost from its
   * lists, by an eviction or by hand, would take in every wake-up of its repository and never run: it is cleared away.
   * @returns what is to be added again
   */
  async #raiseOrClear(queue: Queue<WakeUp>, { add, job }: Collapsed): Promise<Add | undefined> {
    const jobId = job.id ?? '';
    const { priority } = add.opts;
    try {
      const state = await withinLimit(() => job.getState());
      if (!RUNNABLE.has(state)) return (await this.#clear(queue, { add, job })) ? add : undefined;
      // One with a priority waits in a state of its own.
      if (priority > PRIORITY.push || !['waiting', 'prioritized'].includes(state)) return undefined;
      const waiting = await withinLimit(() => queue.getJob(jobId));
      if (waiting !== undefined && waiting.priority > priority)
        await withinLimit(() => waiting.changePriority({ priority }));
    } catch (error) {
      // It began meanwhile, so that there is nothing left to raise; or Redis went, and the watch wakes again.
      this.#log.debug({ error, jobId }, 'a waiting job was not raised');
    }
    return undefined;
  }

  /** Clears away a job that is in no list, unless it ended meanwhile or a worker still has it. */
  async #clear(queue: Queue<WakeUp>, { add, job }: Collapsed): Promise<boolean> {
    const jobId = job.id ?? '';
    const current = await withinLimit(() => queue.getDeduplicationJobId(add.data.repo_id));
    if (current !== jobId) return false;
    if ((await withinLimit(() => queue.remove(jobId))) !== 1) return false;
    // Where its hash was lost, removing it left this behind.
    await withinLimit(() => job.removeDeduplicationKey());
    this.#log.warn(
      { repo_id: add.data.repo_id, jobId },
      'Redis had lost a job from its lists: it is added again',
    );
    return true;
  }

  #queue(host: string, prefix: string): Queue<WakeUp> {
    const known = this.#queues.get(host);
    if (known !== undefined) return known;
    const queue = new Queue<WakeUp>(hostQueue(host), {
      connection: this.#redis,
      prefix,
      // Asking for the version may be refused, and would make a queue that met a Redis that hangs unusable for ever.
      skipVersionCheck: true,
    });
    queue.on('error', (error) => this.#log.debug({ error, host }, 'queue error'));
    this.#queues.set(host, queue);
    return queue;
  }
}

/** The states from which a job comes to run. */
const RUNNABLE: ReadonlySet<string> = new Set(['waiting', 'prioritized', 'delayed', 'active']);

interface Add {
  readonly name: string;
  readonly data: WakeUp;
  readonly opts: JobsOptions & { readonly jobId: string; readonly priority: number };
}

/** A wake-up, and the job of its repository that was there already. */
interface Collapsed {
  readonly add: Add;
  readonly job: Job<WakeUp>;
}

/** @returns for each the job that was added, or the one that was there already */
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
      // Of our own: by it one knows which job was there already, and it is never given twice.
      jobId: randomUUID(),
      deduplication: { id: repoId, keepLastIfActive: true },
      priority,
      attempts: 1,
      removeOnComplete: true,
      removeOnFail: { count: 1000, age: 604_800 },
    },
  };
}
