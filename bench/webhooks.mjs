// Measures how soon a push is accepted, with Redis up and frozen, and what reads wait meanwhile: `node bench/webhooks.mjs`.
import { Agent } from 'node:http';
import { join } from 'node:path';
import { startLocalRedis } from '../dist/local/redis.js';
import { openLog } from '../dist/platform/log.js';
import { runWeb } from '../dist/web/run-web.js';
import { makeCheckout, register } from './lib/checkouts.js';
import { at, printTimes, time, times } from './lib/measure.js';
import { push, SECRET, send } from './lib/pushes.js';
import { withServices } from './lib/services.js';

const REPOSITORIES = 500;
const PUSHES = 3000;
const CONNECTIONS = 20;
const READS = 300;

await withServices({ DOI_WEBHOOK_SECRET_GITHUB: SECRET }, async ({ config, folder, scope, sql }) => {
  const paths = {};
  for (let n = 0; n < REPOSITORIES; n += 1)
    paths[`repo-${n}`] = makeCheckout(join(folder, 'checkouts', `repo-${n}`));
  await register(sql, config.host, paths);
  await sql`update managed_repos set remote_url = 'https://github.com/acme/' || slug`;
  // A Redis of its own, to be frozen.
  const redis = await startLocalRedis({ dir: join(folder, 'frozen'), persistent: false });
  scope.add('redis', redis, async (it) => {
    it.kill('SIGCONT');
    await it.stop();
  });
  const url = await runWeb({ ...config, redisUrl: redis.url }, openLog('bench', 'error'), scope);
  const agent = new Agent({ keepAlive: true, maxSockets: CONNECTIONS });
  scope.add('connections', agent, (it) => it.destroy());

  const reads = () => times(READS, () => send(agent, `${url}/repos/repo-1/doi`, 200));
  await reads();
  printTimes('a read, with nothing else going on', await reads());
  await flood(agent, url, 'Redis up', reads);
  redis.kill('SIGSTOP');
  await flood(agent, url, 'Redis frozen', reads);
});

/** Pushes from some connections at once, as fast as they are answered; reads go on beside. */
async function flood(agent, url, state, reads) {
  const took = [];
  let next = 0;
  const walk = async () => {
    while (next < PUSHES) {
      const n = next;
      next += 1;
      took.push(await time(() => push(agent, url, n % REPOSITORIES)));
    }
  };
  const began = performance.now();
  const [read] = await Promise.all([reads(), ...Array.from({ length: CONNECTIONS }, walk)]);
  const rate = Math.round((1000 * PUSHES) / (performance.now() - began));
  printTimes(`a push accepted over HTTP, ${CONNECTIONS} connections, ${state}, ${rate}/s`, took);
  console.log(`  the 99th percentile is ${(at(0.99, took) / 500).toFixed(2)} × what is promised, 500 ms`);
  printTimes('  a read meanwhile', read);
}
