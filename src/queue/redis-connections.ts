/** Connections to Redis: one kind for processes that must not wait, one for workers that must. */
import { Redis, type RedisOptions } from 'ioredis';
import { DoiError } from '../domain/errors.js';
import { startLimit } from '../platform/fair-limit.js';
import type { Log } from '../platform/log.js';

/** How long a producer waits for Redis, in milliseconds: a wake-up that is lost is found again by the watch. */
export const PRODUCER_LIMIT_MS = 500;
// The client's own limit counts the time in which this process was late. It only keeps commands from piling up.
const COMMAND_LIMIT_MS = 5000;

/**
 * After this long without an answer to something that was sent, a connection counts as dead and is made anew, in
 * milliseconds: a network that drops packets, or a proxy that goes on acknowledging, ends no connection by itself. A
 * worker's blocking wait for a job lasts 10 s at most.
 */
const SILENCE_MS = 15_000;
const CONNECT_LIMIT_MS = 5000;

/** For adding jobs: fails fast. `skipWaitingForReady` is no way to that, since it never recovers. */
export function openProducerConnection(url: string, log: Log, silenceMs = SILENCE_MS): Redis {
  const redis = new Redis(url, {
    ...sharedOptions(silenceMs),
    enableOfflineQueue: false,
    maxRetriesPerRequest: 1,
    commandTimeout: COMMAND_LIMIT_MS,
  });
  watchConnection(redis, log);
  return redis;
}

/** A connection for taking jobs: waits as long as it takes. With a `commandTimeout` a worker takes no job at all. */
export class WorkerConnection extends Redis {
  private readonly life: { hasEnded: boolean };
  private readonly copies: Redis[] = [];
  private readonly log: Log;

  constructor(url: string, log: Log, silenceMs: number) {
    const life = { hasEnded: false };
    const retryStrategy = (attempt: number) => (life.hasEnded ? null : reconnectDelay(attempt));
    super(url, { ...sharedOptions(silenceMs), maxRetriesPerRequest: null, retryStrategy });
    this.life = life;
    this.log = log;
    watchConnection(this, log);
  }

  /** BullMQ waits for jobs on a connection that it makes of this one. */
  override duplicate(override?: Partial<RedisOptions>): Redis {
    const copy = super.duplicate(override);
    watchConnection(copy, this.log);
    this.copies.push(copy);
    return copy;
  }

  /** Ends it and its copies, which BullMQ does not where they never reached the server. */
  endAll(): void {
    this.life.hasEnded = true;
    for (const one of [this, ...this.copies]) {
      // One that is told to end between two tries never says that it has ended, and BullMQ waits for that.
      if (one.status === 'reconnecting') one.once('ready', () => one.disconnect());
      else one.disconnect();
    }
  }
}

export function openWorkerConnection(url: string, log: Log, silenceMs = SILENCE_MS): WorkerConnection {
  return new WorkerConnection(url, log, silenceMs);
}

function sharedOptions(socketTimeout: number) {
  return { socketTimeout, connectTimeout: CONNECT_LIMIT_MS, retryStrategy: reconnectDelay };
}

/**
 * Runs something on Redis within a limit of its own: with Redis down from the start, adding a job waits for ever.
 * @throws {DoiError} `redis_unavailable`
 */
export async function withinLimit<T>(work: () => Promise<T>, limitMs = PRODUCER_LIMIT_MS): Promise<T> {
  let stop = () => {};
  const limit = new Promise<never>((_, reject) => {
    stop = startLimit(limitMs, () => reject(unavailable(`no answer within ${limitMs} ms`)));
  });
  try {
    return await Promise.race([work(), limit]);
  } catch (error) {
    if (error instanceof DoiError) throw error;
    throw unavailable(error);
  } finally {
    stop();
  }
}

/**
 * Waits until a connection can be used. A queue that is asked without one keeps the call until there is: with Redis away
 * for hours these would pile up.
 * @throws {DoiError} `redis_unavailable`
 */
export function awaitReady(redis: Redis, limitMs = PRODUCER_LIMIT_MS): Promise<void> {
  if (redis.status === 'ready') return Promise.resolve();
  return new Promise((resolve, reject) => {
    const onReady = () => {
      stop();
      resolve();
    };
    const stop = startLimit(limitMs, () => {
      redis.off('ready', onReady);
      reject(unavailable(reasons.get(redis) ?? `no connection within ${limitMs} ms`));
    });
    redis.once('ready', onReady);
  });
}

/**
 * Checks that Redis keeps what it is given: with another policy than `noeviction` it drops jobs when memory is short.
 * @returns a sentence on what is wrong, or undefined
 */
export async function findEvictionProblem(redis: Redis): Promise<string | undefined> {
  const reply = await redis.config('GET', 'maxmemory-policy');
  const policy = Array.isArray(reply) ? reply[1] : undefined;
  if (policy === 'noeviction') return undefined;
  return `Redis has maxmemory-policy ${String(policy)}, which may drop jobs: set it to noeviction.`;
}

/** An error of Redis or of the way to it. A server that is there and refuses is put right elsewhere than one that is away. */
export function unavailable(reason: unknown): DoiError {
  const why = reason instanceof Error ? reason.message : String(reason);
  const [found, remedy] = isRefusal(reason)
    ? [
        `Redis refuses (${why}).`,
        'Correct the user, the password or the database in REDIS_URL, or the rights of that user (docs/operations.md).',
      ]
    : [`Redis does not answer (${why}).`, 'Check that the server at REDIS_URL runs.'];
  const kept = 'Nothing is lost: what is asked for is kept in PostgreSQL.';
  return new DoiError('redis_unavailable', found, `${remedy} ${kept}`, { cause: reason });
}

/** Whether the server itself answered with this error. */
export function isRefusal(error: unknown): error is Error {
  return error instanceof Error && error.name === 'ReplyError';
}

function reconnectDelay(attempt: number): number {
  return Math.min(50 * 2 ** Math.min(attempt, 10), 1000);
}

/** Why a connection could not be made, for whoever waits for it. */
const reasons = new WeakMap<Redis, Error>();

/** So long after an outage, in milliseconds, BullMQ may still report what failed by it. */
const AFTERMATH_MS = 5000;

/** Of the process that has this log. */
interface Connections {
  /** Those that can be used just now, and those that cannot. */
  readonly ready: Set<Redis>;
  readonly gone: Set<Redis>;
  /** When the last one was back, by a clock that never goes back. */
  backAt: number;
}

const states = new WeakMap<Log, Connections>();

/** Logs an error of a BullMQ worker, which repeats each error of its connections: those of an outage, for debugging alone. */
export function logWorkerError(log: Log, error: Error, message: string): void {
  const state = states.get(log);
  const isKnown =
    state !== undefined && (state.gone.size > 0 || performance.now() - state.backAt < AFTERMATH_MS);
  log[isKnown ? 'debug' : 'warn']({ error }, message);
}

/**
 * Logs one line when the first connection of a process goes, and one when the last of them is back, however many there are
 * and however often they try. Without a listener an error would end the process.
 */
function watchConnection(redis: Redis, log: Log): void {
  const state = states.get(log) ?? { ready: new Set(), gone: new Set(), backAt: Number.NEGATIVE_INFINITY };
  states.set(log, state);
  const { ready, gone } = state;
  const comeBack = () => {
    if (!gone.delete(redis) || gone.size > 0 || ready.size === 0) return;
    state.backAt = performance.now();
    log.info('Redis answers again');
  };
  redis.on('error', (error) => {
    if (gone.size === 0) log.warn({ error: unavailable(error) }, 'Redis cannot be used');
    gone.add(redis);
    ready.delete(redis);
    reasons.set(redis, error);
    // Otherwise the client would go on, in database 0, where others may have their data.
    if (isSelect(error)) redis.disconnect(true);
  });
  redis.on('ready', () => {
    reasons.delete(redis);
    ready.add(redis);
    comeBack();
  });
  // One that is closed for good comes back no more, and is not waited for where the others are back.
  redis.on('end', () => {
    ready.delete(redis);
    comeBack();
  });
}

function isSelect(error: Error & { command?: { name?: string } }): boolean {
  return isRefusal(error) && error.command?.name === 'select';
}
