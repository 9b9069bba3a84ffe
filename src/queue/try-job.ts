/** Tries a job on a Redis, in a queue of its own that is removed again: what may not be run there shows. */
import { randomUUID } from 'node:crypto';
import { Queue, Worker } from 'bullmq';
import { Redis } from 'ioredis';
import { withinLimit } from './redis-connections.js';

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
