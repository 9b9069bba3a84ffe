/** A look at the wake-ups that wait for this host. */
import { Queue } from 'bullmq';
import { Redis } from 'ioredis';
import type { Scope } from '../../../src/platform/shutdown.js';
import { queueName, type WakeUp } from '../../../src/queue/waker.js';

/** Opens the queue of the host `here`. */
export function openTestQueue(scope: Scope, url: string) {
  const redis = scope.add('look', new Redis(url, { maxRetriesPerRequest: null }), (it) => it.disconnect());
  const queue = scope.add('queue', new Queue<WakeUp>(queueName('here'), { connection: redis }), (it) =>
    it.close(),
  );
  queue.on('error', () => {});
  return {
    async waiting() {
      const jobs = await queue.getJobs(['waiting', 'prioritized']);
      return jobs.map(({ data, priority }) => ({ repoId: data.repo_id, priority }));
    },
  };
}
