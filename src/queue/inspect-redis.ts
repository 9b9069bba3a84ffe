/** Inspects a Redis or a Valkey for `doi doctor`, as far as its user may. */
import { randomUUID } from 'node:crypto';
import { Queue, Worker } from 'bullmq';
import { Redis } from 'ioredis';
import { unavailable, withinLimit } from './redis-connections.js';

/** Each kind of server has a field of its own in INFO; the first that is there counts. */
const KINDS = [
  ['valkey_version', 'Valkey'],
  ['dragonfly_version', 'Dragonfly'],
  ['redis_version', 'Redis'],
] as const;

/** The oldest release of Redis and Valkey that BullMQ accepts, and the oldest that it advises. */
export const REDIS_RELEASES = { oldest: '5.0.0', advised: '6.2.0' } as const;

/** Facts of a server; undefined where the user may not read them, as on a managed server. */
export interface RedisFacts {
  readonly kind: string | undefined;
  readonly release: string | undefined;
  readonly mode: string | undefined;
  readonly role: string | undefined;
  /** The address of a replica's primary. */
  readonly primary: string | undefined;
  readonly evictionPolicy: string | undefined;
  /** In bytes. */
  readonly usedMemory: number | undefined;
  /** In bytes; 0 for no limit. */
  readonly maxMemory: number | undefined;
  readonly appendOnly: boolean | undefined;
  /** The setting `save`: when it makes snapshots; empty for never. */
  readonly snapshots: string | undefined;
  /** Whether the last snapshot or append failed; the server then refuses writes. */
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

/** Opens an inspector, which connects with the first question, tries once, and reports why it could not. */
export function openRedisInspector(url: string): RedisInspector {
  const redis = new Redis(url, {
    lazyConnect: true,
    // The ready check runs INFO, and a server that refuses INFO would count as away.
    enableReadyCheck: false,
    connectTimeout: LIMIT_MS,
    maxRetriesPerRequest: 0,
    retryStrategy: () => null,
  });
  // connect() throws only that the connection was closed; the reason comes as an event.
  let reason: Error | undefined;
  redis.on('error', (error) => {
    reason ??= error;
  });
  const query = <T>(question: () => Promise<T>): Promise<T> =>
    withinLimit(async () => {
      try {
        if (redis.status === 'wait') await redis.connect();
        // Where the database of the URL does not exist, the client would go on in another one.
        if (reason !== undefined) throw reason;
        return await question();
      } catch (error) {
        throw reason ?? error;
      }
    }, LIMIT_MS);
  return {
    readFacts: () => query(() => readFacts(redis)),
    readTime: () =>
      query(async () => {
        const [seconds, microseconds] = await redis.time();
        return Number(seconds) * 1000 + Number(microseconds) / 1000;
      }),
    tryScript: () => query(async () => void (await redis.eval('return 1', 0))),
    tryJob: () => tryJob(url, LIMIT_MS),
    close: () => redis.disconnect(),
  };
}

async function readFacts(redis: Redis): Promise<RedisFacts> {
  const info = parseInfo(await orUndefined(() => redis.info()));
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
  const reply = await orUndefined(() => redis.config('GET', name));
  return Array.isArray(reply) && typeof reply[1] === 'string' ? reply[1] : undefined;
}

// The user may not run the command, or it is renamed or unknown, as on managed servers.
const REFUSED = /^(?:NOPERM|ERR unknown command|ERR (?:This|The) )/;

async function orUndefined<T>(question: () => Promise<T>): Promise<T | undefined> {
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

/**
 * Adds a job as a producer does, then waits for it, takes it and ends it as a worker does, so that any command that the user
 * may not run becomes an error. The queue is a new one, which is removed again.
 * @throws {DoiError} `redis_unavailable`, with the server's own message where it refuses
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
    // One after the other: a worker that still runs would create the keys again.
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
  // Then the worker waits for a job, which is a command of its own.
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
