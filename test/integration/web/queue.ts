/** Reads the wake-ups that wait for this host. */
import { Queue } from 'bullmq';
import { Redis } from 'ioredis';
import type { Sql } from '../../../src/platform/postgres/sql.js';
import type { Scope } from '../../../src/platform/process/shutdown.js';
import { hostQueue, queuePrefix } from '../../../src/queue/queue-names.js';
import type { WakeUp } from '../../../src/queue/waker.js';
import { readInstallation } from '../../../src/store/installation.js';

/** Opens the queue of the host `here`. */
export async function openTestQueue(scope: Scope, { url, sql }: { url: string; sql: Sql }) {
  const redis = scope.add('inspector', new Redis(url, { maxRetriesPerRequest: null }), (it) =>
    it.disconnect(),
  );
  const prefix = queuePrefix(await readInstallation(sql));
  const queue = scope.add(
    'queue',
    new Queue<WakeUp>(hostQueue('here'), { connection: redis, prefix }),
    (it) => it.close(),
  );
  queue.on('error', () => {});
  return {
    async waiting() {
      const jobs = await queue.getJobs(['waiting', 'prioritized']);
      return jobs.map(({ data, priority }) => ({ repoId: data.repo_id, priority }));
    },
  };
}
