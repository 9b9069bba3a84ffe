// One producer of the storm: edits checkouts, requests evaluations, and prints a dot for each. Runs on the compiled program.
import { appendFileSync, writeFileSync } from 'node:fs';
import { openLog } from '../../dist/platform/log.js';
import { closeSql, openSql } from '../../dist/platform/postgres/sql.js';
import { queuePrefix } from '../../dist/queue/queue-names.js';
import { openProducerConnection } from '../../dist/queue/redis-connections.js';
import { Waker } from '../../dist/queue/waker.js';
import { readInstallation } from '../../dist/store/installation.js';
import { addPushes } from '../../dist/store/pushes.js';
import { addRequests } from '../../dist/store/requests/add-requests.js';

const { url, redisUrl, repositories, count, seed } = JSON.parse(process.argv[2] ?? '');
const IN_FLIGHT = 10;
const PRIORITIES = [1, 2, 5, 10];

const log = openLog('storm', 'silent');
const sql = openSql({ url, purpose: 'storm', connections: 3 });
const redis = openProducerConnection(redisUrl, log);
const waker = new Waker({ redis, log, readPrefix: async () => queuePrefix(await readInstallation(sql)) });

// A generator of pseudo-random numbers (Lehmer, 1951), so that a seed makes the same run again.
let state = seed;
const random = (below) => {
  state = (state * 48_271) % 2_147_483_647;
  return state % below;
};

let done = 0;
async function enqueue() {
  const { id, path } = repositories[random(repositories.length)];
  const edit = random(3);
  if (edit === 0) writeFileSync(`${path}/SCOPE.md`, `# Scope\n${seed}.${done}\n`);
  if (edit === 1) appendFileSync(`${path}/workplans/README.md`, `${seed}.${done}\n`);
  const asked = await requestSomehow(id);
  await waker.wake(asked.map(({ repoId, priority }) => ({ repoId, priority, host: 'here' }))).catch(() => {});
  done += 1;
  process.stdout.write('.');
}

async function requestSomehow(repoId) {
  const reason = `storm ${seed}`;
  if (random(4) === 0) {
    const push = { repoIds: [repoId], branch: 'main', head: 'a'.repeat(40), reason };
    return (await addPushes(sql, [push])).flat();
  }
  const priority = PRIORITIES[random(PRIORITIES.length)];
  return addRequests(sql, [{ repoId, reason, priority, forced: random(50) === 0, wanted: null }]);
}

let begun = 0;
await Promise.all(
  Array.from({ length: IN_FLIGHT }, async () => {
    while (begun < count) {
      begun += 1;
      await enqueue();
    }
  }),
);
await waker.close();
redis.disconnect();
await closeSql(sql);
