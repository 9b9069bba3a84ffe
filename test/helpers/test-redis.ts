/** A logical database of the test run's Redis, for one test at a time. */
import { Redis } from 'ioredis';
import { inject } from 'vitest';
import { REDIS_DATABASES } from './test-run.js';

export interface TestRedis {
  readonly url: string;
  /** For reading what is there, and for a worker: it waits for ever, as BullMQ needs it. */
  readonly connection: Redis;
  /** Empties the database and ends the connection. */
  close(): Promise<void>;
}

/** Opens a logical database that no other test uses. */
export async function openTestRedis(): Promise<TestRedis> {
  const base = inject('redisUrl');
  const counter = new Redis(base);
  // Database 0 holds the counter alone.
  const count = await counter.incr('doi-test-databases');
  await counter.quit();
  const url = `${base}/${1 + (count % (REDIS_DATABASES - 1))}`;
  const connection = new Redis(url, { maxRetriesPerRequest: null });
  await connection.flushdb();
  return {
    url,
    connection,
    async close() {
      await connection.flushdb();
      await connection.quit();
    },
  };
}
