// Measures what a read waits, idle, while a worker judges thousands and under a flood of pushes: `node bench/reads-under-load.mjs`.
import { Agent } from 'node:http';
import { addRequests } from '../dist/store/requests/add-requests.js';
import { makeFleet } from './lib/fleet.js';
import { printTimes, time } from './lib/measure.js';
import { push, SECRET, send } from './lib/pushes.js';
import { withServices } from './lib/services.js';
import { startWebBeside } from './lib/web.js';
import { startWorker } from './lib/worker.js';

const REPOSITORIES = 2000;
/** How long each state lasts at most, and the pause between two reads, in milliseconds. */
const LASTS = 15_000;
const PAUSE = 5;
const CONNECTIONS = 20;

await withServices({}, async (bench) => {
  const { services, scope, sql } = bench;
  await makeFleet(bench, REPOSITORIES);
  await sql`update managed_repos set remote_url = 'https://github.com/acme/' || slug`;
  const { url } = await startWebBeside(bench, {
    ...{ REDIS_URL: services.redisUrl, DOI_WEBHOOK_SECRET_GITHUB: SECRET, DOI_WATCH_SECONDS: '300' },
  });
  const agent = new Agent({ keepAlive: true });
  scope.add('connections', agent, (it) => it.destroy());
  const over = (seconds) => new Promise((resolve) => setTimeout(resolve, seconds * 1000));

  await measure(agent, url, 'idle', over(5));
  const ids = (await sql`select id::text from managed_repos`).map(({ id }) => id);
  // As a sweep requests all that is stale: the remotes have changed.
  const requests = ids.map((repoId) => ({
    repoId,
    reason: 'bench',
    priority: 10,
    forced: false,
    wanted: null,
  }));
  for (let start = 0; start < requests.length; start += 500)
    await addRequests(sql, requests.slice(start, start + 500));
  const worker = startWorker(services, scope, { LOG_LEVEL: 'info', DOI_WATCH_SECONDS: '5' });
  await measure(
    agent,
    url,
    `while a worker judges ${REPOSITORIES}`,
    worker.logged('evaluation ended', REPOSITORIES),
  );
  await worker.stop();
  await measure(agent, url, 'under a flood of pushes', flood(agent, url));
});

/** Reads random reports, and the summary at every tenth, until something has ended. */
async function measure(agent, url, state, ended) {
  const [reports, summaries] = [[], []];
  let isOver = false;
  const limit = new Promise((resolve) => setTimeout(resolve, LASTS));
  Promise.race([ended, limit]).then(() => {
    isOver = true;
  });
  for (let n = 0; !isOver; n += 1) {
    const slug = `repo-${Math.floor(Math.random() * REPOSITORIES)}`;
    if (n % 10 === 0) summaries.push(await time(() => send(agent, `${url}/repos/doi/summary`, 200)));
    else reports.push(await time(() => send(agent, `${url}/repos/${slug}/doi`, 200)));
    await new Promise((resolve) => setTimeout(resolve, PAUSE));
  }
  printTimes(`a report, ${state}`, reports);
  printTimes(`the summary of ${REPOSITORIES}, ${state}`, summaries);
}

/** Pushes over some connections, about 1,000 a second. */
async function flood(agent, url) {
  const end = performance.now() + 10_000;
  let sent = 0;
  const began = performance.now();
  const walk = async () => {
    while (performance.now() < end) {
      sent += 1;
      await push(agent, url, sent % REPOSITORIES);
      const ahead = sent - performance.now() + began;
      if (ahead > 0) await new Promise((resolve) => setTimeout(resolve, ahead));
    }
  };
  await Promise.all(Array.from({ length: CONNECTIONS }, walk));
  console.log(`  ${Math.round((1000 * sent) / (performance.now() - began))} pushes a second`);
}
