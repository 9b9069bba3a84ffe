/** Connections to Redis: one kind for processes that must not wait, one for workers that must. */
import { Redis } from 'ioredis';
import { DoiError } from '../domain/errors.js';
import { startLimit } from '../platform/fair-limit.js';
import type { Log } from '../platform/log.js';

/** How long a producer waits for Redis, in milliseconds: a wake-up that is lost is found again by the watch. */
export const PRODUCER_LIMIT_MS = 500;
// The client's own limit counts the time in which this process was late. It only keeps commands from piling up.
const COMMAND_LIMIT_MS = 5000;

/** For adding jobs: fails fast. `skipWaitingForReady` is no way to that, since it never recovers. */
export function openProducerConnection(url: string, log: Log): Redis {
  const redis = new Redis(url, {
    enableOfflineQueue: false,
    maxRetriesPerRequest: 1,
    commandTimeout: COMMAND_LIMIT_MS,
    retryStrategy: reconnectDelay,
  });
  return logErrors(redis, log);
}

/** A connection for taking jobs. */
export type WorkerConnection = Redis;

/** For taking jobs: waits as long as it takes. With a `commandTimeout` a worker takes no job at all. */
export function openWorkerConnection(url: string, log: Log): WorkerConnection {
  return logErrors(new Redis(url, { maxRetriesPerRequest: null, retryStrategy: reconnectDelay }), log);
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
    throw unavailable(error instanceof Error ? error.message : String(error), error);
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
      reject(unavailable(`no connection within ${limitMs} ms`));
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

export function unavailable(why: string, cause?: unknown): DoiError {
  const remedy =
    'Check that the server at REDIS_URL runs. Nothing is lost: what is asked for is kept in PostgreSQL.';
  return new DoiError('redis_unavailable', `Redis does not answer (${why}).`, remedy, { cause });
}

function reconnectDelay(attempt: number): number {
  return Math.min(50 * 2 ** Math.min(attempt, 10), 1000);
}

function logErrors(redis: Redis, log: Log): Redis {
  // Without a listener an error event would end the process. One line when it goes, one when it is back.
  let down = false;
  redis.on('error', (error) => {
    if (!down) log.warn({ error }, 'Redis does not answer');
    down = true;
  });
  redis.on('ready', () => {
    if (down) log.info('Redis answers again');
    down = false;
  });
  return redis;
}
