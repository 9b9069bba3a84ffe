/** Opens connections to Redis: for producers, which must not wait, and for workers, which must. */
import { Redis, type RedisOptions } from 'ioredis';
import { DoiError } from '../domain/errors.js';
import { startLimit } from '../platform/fair-limit.js';
import type { Log } from '../platform/log.js';

/** How long a producer waits for Redis, in milliseconds: the watch replaces a lost wake-up. */
export const PRODUCER_LIMIT_MS = 500;
// The client's own limit also counts time in which this process was late. It only keeps commands from piling up.
const COMMAND_LIMIT_MS = 5000;

/**
 * After this long without an answer to a command, in milliseconds, a connection counts as dead and is replaced: a network
 * that drops packets, or a proxy that goes on acknowledging, ends no connection by itself. A worker's blocking wait for a
 * job lasts 10 s at most.
 */
const SILENCE_MS = 15_000;
const CONNECT_LIMIT_MS = 5000;

/** Opens a connection for adding jobs, which fails fast. `skipWaitingForReady` does not serve: it never recovers. */
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

/** A connection for taking jobs, which waits without a limit. With a `commandTimeout` a worker takes no job at all. */
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

  /** BullMQ waits for jobs on a copy of this connection. */
  override duplicate(override?: Partial<RedisOptions>): Redis {
    const copy = super.duplicate(override);
    watchConnection(copy, this.log);
    this.copies.push(copy);
    return copy;
  }

  /** Ends this connection and its copies; BullMQ does not end copies that never reached the server. */
  endAll(): void {
    this.life.hasEnded = true;
    for (const one of [this, ...this.copies]) {
      // A connection that is ended between two tries emits no `end`, for which BullMQ waits.
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
 * Runs a command on Redis within a limit of our own: if Redis is down from the start, adding a job waits for ever.
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
 * Waits until a connection is ready. A BullMQ queue keeps each call until its connection is ready: while Redis is away for
 * hours these calls would pile up.
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
 * Checks that Redis keeps all jobs: with another policy than `noeviction` it drops some when memory is short.
 * @returns a sentence on the problem, or undefined
 */
export async function findEvictionProblem(redis: Redis): Promise<string | undefined> {
  const reply = await redis.config('GET', 'maxmemory-policy');
  const policy = Array.isArray(reply) ? reply[1] : undefined;
  if (policy === 'noeviction') return undefined;
  return `Redis has maxmemory-policy ${String(policy)}, which may drop jobs: set it to noeviction.`;
}

/** The error for a Redis that does not answer, or that answers with a refusal, whose remedy is another one. */
export function unavailable(reason: unknown): DoiError {
  const why = reason instanceof Error ? reason.message : String(reason);
  const [found, remedy] = isRefusal(reason)
    ? [
        `Redis refuses (${why}).`,
        'Correct the user, the password or the database in REDIS_URL, or the rights of that user (docs/operations.md).',
      ]
    : [`Redis does not answer (${why}).`, 'Check that the server at REDIS_URL runs.'];
  const kept = 'Nothing is lost: all requests are kept in PostgreSQL.';
  return new DoiError('redis_unavailable', found, `${remedy} ${kept}`, { cause: reason });
}

/** Whether the server itself answered with this error. */
export function isRefusal(error: unknown): error is Error {
  return error instanceof Error && error.name === 'ReplyError';
}

function reconnectDelay(attempt: number): number {
  return Math.min(50 * 2 ** Math.min(attempt, 10), 1000);
}

/** Why a connection could not be made, for the error of {@link awaitReady}. */
const reasons = new WeakMap<Redis, Error>();

/** How long after an outage BullMQ may still report errors of it, in milliseconds. */
const AFTERMATH_MS = 5000;

/** The connections of the process that has this log. */
interface Connections {
  /** Connections that can be used now, and those that cannot. */
  readonly ready: Set<Redis>;
  readonly gone: Set<Redis>;
  /** When the last one recovered, by a clock that never goes back. */
  backAt: number;
}

const states = new WeakMap<Log, Connections>();

/** Logs an error of a BullMQ worker. It repeats each error of its connections: those of an outage get the level `debug`. */
export function logWorkerError(log: Log, error: Error, message: string): void {
  const state = states.get(log);
  const isKnown =
    state !== undefined && (state.gone.size > 0 || performance.now() - state.backAt < AFTERMATH_MS);
  log[isKnown ? 'debug' : 'warn']({ error }, message);
}

/**
 * Logs one line when the first connection of a process is lost, and one when the last of them has recovered, however many
 * there are and however often they retry. Without a listener an error would end the process.
 */
function watchConnection(redis: Redis, log: Log): void {
  const state = states.get(log) ?? { ready: new Set(), gone: new Set(), backAt: Number.NEGATIVE_INFINITY };
  states.set(log, state);
  const { ready, gone } = state;
  const recover = () => {
    if (!gone.delete(redis) || gone.size > 0 || ready.size === 0) return;
    state.backAt = performance.now();
    log.info('Redis answers again');
  };
  redis.on('error', (error) => {
    if (gone.size === 0) log.warn({ error: unavailable(error) }, 'Redis cannot be used');
    gone.add(redis);
    ready.delete(redis);
    reasons.set(redis, error);
    // Otherwise the client would go on in database 0, where other programs may have their data.
    if (isSelect(error)) redis.disconnect(true);
  });
  redis.on('ready', () => {
    reasons.delete(redis);
    ready.add(redis);
    recover();
  });
  // A connection that was closed for good does not recover: the others do not wait for it.
  redis.on('end', () => {
    ready.delete(redis);
    recover();
  });
}

function isSelect(error: Error & { command?: { name?: string } }): boolean {
  return isRefusal(error) && error.command?.name === 'select';
}
