/** Asks a Redis or a Valkey what it says of itself, as far as that may be asked. */

import { randomUUID } from 'node:crypto';
import { Queue, Worker } from 'bullmq';
import { Redis } from 'ioredis';
import { unavailable, withinLimit } from './redis-connections.js';

/** A server says what it is by a field of its own; the first that is there counts. */
const KINDS = [
  ['valkey_version', 'Valkey'],
  ['dragonfly_version', 'Dragonfly'],
  ['redis_version', 'Redis'],
] as const;

/** The oldest release that BullMQ takes, and the oldest that it advises. Of Redis and Valkey. */
export const REDIS_RELEASES = { oldest: '5.0.0', advised: '6.2.0' } as const;

/** What is known of a server; undefined is what could not be asked, as on a managed one. */
export interface RedisFacts {
  readonly kind: string | undefined;
  readonly release: string | undefined;
  readonly mode: string | undefined;
  readonly role: string | undefined;
  /** Where a replica's primary is. */
  readonly primary: string | undefined;
  readonly evictionPolicy: string | undefined;
  /** In bytes. */
  readonly usedMemory: number | undefined;
  /** In bytes; 0 for no limit. */
  readonly maxMemory: number | undefined;
  readonly appendOnly: boolean | undefined;
  /** The rule by which snapshots are made, empty for none. */
  readonly snapshots: string | undefined;
  /** Whether the last snapshot or append failed, upon which it refuses writes. */
  readonly lastSaveFailed: boolean;
}

export interface RedisInspector {
  /** @throws {DoiError} `redis_unavailable` */
  readFacts(): Promise<RedisFacts>;
  /** The server's time, in milliseconds since the epoch. @throws {DoiError} `redis_unavailable` */
  readTime(): Promise<number>;
  /** Runs a script that does nothing, as adding a job runs one. @throws {DoiError} `redis_unavailable` */
  tryScript(): Promise<void>;
  /** Tries a job in a queue of its own. @throws {DoiError} `redis_unavailable` */
  tryJob(): Promise<void>;
  close(): void;
}

/** How long connecting, and each answer, may take, in milliseconds. */
const LIMIT_MS = 3000;

/** Opens an inspector; it connects with the first question, tries once, and says why it could not. */
export function openRedisInspector(url: string): RedisInspector {
  const redis = new Redis(url, {
    lazyConnect: true,
    // It asks INFO itself, and a server that refuses that is none that is away.
    enableReadyCheck: false,
    connectTimeout: LIMIT_MS,
    maxRetriesPerRequest: 0,
    retryStrategy: () => null,
  });
  // What connecting throws is only that it was closed; the reason comes as an event.
  let reason: Error | undefined;
  redis.on('error', (error) => {
    reason ??= error;
  });
  const ask = <T>(question: () => Promise<T>): Promise<T> =>
    withinLimit(async () => {
      try {
        if (redis.status === 'wait') await redis.connect();
        // A database that is not there: the client would go on in another one.
        if (reason !== undefined) throw reason;
        return await question();
      } catch (error) {
        throw reason ?? error;
      }
    }, LIMIT_MS);
  return {
    readFacts: () => ask(() => readFacts(redis)),
    readTime: () =>
      ask(async () => {
        const [seconds, microseconds] = await redis.time();
        return Number(seconds) * 1000 + Number(microseconds) / 1000;
      }),
    tryScript: () => ask(async () => void (await redis.eval('return 1', 0))),
    tryJob: () => tryJob(url, LIMIT_MS),
    close: () => redis.disconnect(),
  };
}

async function readFacts(redis: Redis): Promise<RedisFacts> {
  const info = parseInfo(await orUnasked(() => redis.info()));
  const kind = KINDS.find(([field]) => info.has(field));
  const number = (field: string) => (info.has(field) ? Number(info.get(field)) : undefined);
  const failed = ['rdb_last_bgsave_status', 'aof_last_write_status'].some(
    (field) => info.get(field) === 'err',
  );
  const appendOnly = info.get('aof_enabled');
  return {
    kind: kind?.[1],
    release: kind && info.get(kind[0]),
    mode: info.get('redis_mode') ?? info.get('server_mode'),
    role: info.get('role'),
    primary: info.has('master_host') ? `${info.get('master_host')}:${info.get('master_port')}` : undefined,
    evictionPolicy: info.get('maxmemory_policy') ?? (await readSetting(redis, 'maxmemory-policy')),
    usedMemory: number('used_memory'),
    maxMemory: number('maxmemory'),
    appendOnly: appendOnly === undefined ? undefined : appendOnly === '1',
    snapshots: await readSetting(redis, 'save'),
    lastSaveFailed: failed,
  };
}

async function readSetting(redis: Redis, name: string): Promise<string | undefined> {
  const reply = await orUnasked(() => redis.config('GET', name));
  return Array.isArray(reply) && typeof reply[1] === 'string' ? reply[1] : undefined;
}

// The user may not, or the command is renamed or unknown, as managed servers have it.
const REFUSED = /^(?:NOPERM|ERR unknown command|ERR (?:This|The) )/;

async function orUnasked<T>(question: () => Promise<T>): Promise<T | undefined> {
  try {
    return await question();
  } catch (error) {
    if (error instanceof Error && REFUSED.test(error.message)) return undefined;
    throw unavailable(error);
  }
}

function parseInfo(text: string | undefined): ReadonlyMap<string, string> {
  const lines = (text ?? '').split(/\r?\n/).map((line) => /^(\w+):(.*)$/.exec(line));
  return new Map(lines.flatMap((match) => (match === null ? [] : [[match[1] ?? '', match[2] ?? '']])));
}

/* Tries a job on a Redis, in a queue of its own that is removed again: what may not be run there shows. */

/**
 * Adds a job as a producer does, and waits for it, takes it and ends it as a worker does.
 * @throws {DoiError} `redis_unavailable`, with the server's own words where it refuses
 */
export async function tryJob(url: string, limitMs: number): Promise<void> {
  const connection = new Redis(url, {
    enableReadyCheck: false,
    maxRetriesPerRequest: null,
    retryStrategy: () => null,
  });
  const shared = { connection, prefix: `doi-doctor-${randomUUID()}`, skipVersionCheck: true };
  const queue = new Queue('try', { ...shared, skipMetasUpdate: true });
  const worker = new Worker('try', async () => {}, shared);
  try {
    await withinLimit(
      () => Promise.race([runJob(queue, worker), firstError(connection, queue, worker)]),
      limitMs,
    );
  } finally {
    // One after the other: a worker that still runs would make keys anew.
    for (const end of [
      () => worker.close(true),
      () => queue.obliterate({ force: true }),
      () => queue.close(),
    ])
      await Promise.allSettled([withinLimit(end)]);
    connection.disconnect();
  }
}

async function runJob(queue: Queue, worker: Worker): Promise<void> {
  const ended = new Promise<void>((resolve) => worker.once('completed', () => resolve()));
  // Now it waits for a job, which is a command of its own.
  await new Promise<void>((resolve) => worker.once('drained', resolve));
  const opts = { deduplication: { id: 'try', keepLastIfActive: true }, priority: 1, removeOnComplete: true };
  await queue.addBulk([{ name: 'try', data: {}, opts }]);
  await ended;
}

function firstError(...emitters: readonly { on(name: 'error', listen: (error: Error) => void): unknown }[]) {
  return new Promise<never>((_, reject) => {
    for (const emitter of emitters) emitter.on('error', reject);
  });
}
