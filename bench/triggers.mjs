// Measures the way from a trigger to a row, against bare BullMQ on the same Redis: `node bench/triggers.mjs`.
import { randomUUID } from 'node:crypto';
import { utimesSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { Queue } from 'bullmq';
import { BatchLoader } from '../dist/platform/batch-loader.js';
import { systemClock } from '../dist/platform/clock.js';
import { wakeHomes } from '../dist/producer/wake-homes.js';
import { WakeUpBuffer } from '../dist/producer/wake-up-buffer.js';
import { hostQueue } from '../dist/queue/queue-names.js';
import { announceHost } from '../dist/store/hosts/heartbeat.js';
import { addPushes } from '../dist/store/pushes.js';
import { addRequests } from '../dist/store/requests/add-requests.js';
import { makeCheckout, register } from './lib/checkouts.js';
import {
  addBare,
  bareJob,
  consume,
  consumeBare,
  log,
  openEvaluating,
  openQueues,
  PREFIX,
} from './lib/jobs.js';
import { alternate, at, printRatios, printTimes, time } from './lib/measure.js';
import { withServices } from './lib/services.js';

const ROUNDS = 7;
const REQUESTS = 2000;
const IN_FLIGHT = 50;
const CHECKOUTS = 400;
const TRIPS = 200;
/** Longer than an input must have been stable, in milliseconds. */
const STABLE_MS = 30;

await withServices({}, async (bench) => {
  const { redis, waker, bare } = openQueues(bench);
  await announceHost(bench.sql, { host: 'bench', version: '0', capacity: 1, isolation: 'none' });
  await bare.waitUntilReady();
  await benchAsks({ ...bench, redis, waker, bare });
  await benchEvaluations({ ...bench, waker, bare });
});

async function benchAsks({ sql, scope, redis, waker, bare }) {
  const ids = Array.from({ length: REQUESTS }, () => randomUUID());
  await sql`insert into managed_repos (id, slug, name) select id, id::text, id::text from unnest(${ids}::uuid[]) id`;
  const queue = scope.add(
    'queue',
    new Queue(hostQueue('bench'), { connection: redis, prefix: PREFIX }),
    (it) => it.close(),
  );
  const cleared = async (run) => {
    await sql`truncate doi_request, doi_push`;
    await Promise.all([bare, queue].map((one) => one.obliterate({ force: true })));
    return time(run);
  };
  const single = await alternate(ROUNDS, {
    limit: () => cleared(() => inFlight(ids, (id) => bare.add('bare', { id }, bareJob(id).opts))),
    subject: () => cleared(() => push({ sql, waker }, ids)),
  });
  printTimes(`${REQUESTS} pushes, each committed and woken, ${IN_FLIGHT} in flight`, single.subjects);
  printRatios(inverse(single.ratios), 'the rate of bare adds, which are in memory', '0.15 or better');
  const bulk = await alternate(ROUNDS, {
    limit: () => cleared(() => addBare(bare, ids)),
    subject: () =>
      cleared(async () => {
        const asked = await addRequests(sql, ids.map(plainRequest));
        await waker.wake(asked.map(({ repoId, priority }) => ({ repoId, host: 'bench', priority })));
      }),
  });
  printTimes(`${REQUESTS} requests in bulk, committed and woken`, bulk.subjects);
  printRatios(inverse(bulk.ratios), 'the rate of bare bulk adds, which are in memory', '0.4 or better');
  await cleared(async () => {});
  await sql`delete from managed_repos`;
}

/** As the web process does: pushes that come together are committed together, and woken after the answer. */
async function push({ sql, waker }, ids) {
  const pushes = new BatchLoader((some) => addPushes(sql, some));
  const wake = waker.wake.bind(waker);
  const send = (wanted) => wakeHomes({ sql, host: 'bench', wake }, wanted);
  const later = new WakeUpBuffer({ log, clock: systemClock, send });
  await inFlight(ids, async (id) => {
    later.add(await pushes.add({ repoIds: [id], branch: 'main', head: 'a'.repeat(40), reason: 'bench' }));
  });
  while (later.counts.sent < ids.length) await delay(1);
  await later.close();
}

function plainRequest(repoId) {
  return { repoId, reason: 'bench', priority: 5, forced: false, wanted: null };
}

async function benchEvaluations({ sql, scope, config, services, waker, bare, folder }) {
  const paths = {};
  for (let n = 0; n < CHECKOUTS; n += 1) {
    const files = { 'SCOPE.md': '# Scope\n', 'CLAUDE.md': 'kaizen\n', 'workplans/README.md': 'Plans.\n' };
    paths[`repo-${n}`] = makeCheckout(join(folder, 'checkouts', `repo-${n}`), files);
  }
  const bySlug = await register(sql, config.host, paths);
  const repositories = Object.entries(paths).map(([slug, path]) => ({ id: bySlug[slug], path }));
  const bench = { sql, scope, config, services };
  let mayRun = true;
  const deps = openEvaluating(bench, { check: async () => ({ findings: [], ms: 0 }) });
  const ended = consume(bench, deps, ({ end, ran }) => end === 'written' && (mayRun || ran === 0));
  const noop = consumeBare(bench);
  const evaluate = async (ids) => {
    const done = ended.count(ids.length);
    const asked = await addRequests(sql, ids.map(plainRequest));
    await waker.wake(asked.map(({ repoId, priority }) => ({ repoId, host: config.host, priority })));
    await done;
  };
  const touch = async (some) => {
    const now = new Date();
    for (const { path } of some) utimesSync(join(path, 'SCOPE.md'), now, now);
    await delay(STABLE_MS);
  };
  const ids = repositories.map(({ id }) => id);
  const bareRound = async (some) => {
    const done = noop.count(some.length);
    await addBare(bare, some);
    await done;
  };
  await evaluate(ids);
  mayRun = false;
  const many = await alternate(ROUNDS, {
    limit: () => time(() => bareRound(ids)),
    subject: async () => {
      await touch(repositories);
      return time(() => evaluate(ids));
    },
  });
  const concurrency = `concurrency ${config.concurrency}`;
  printTimes(`${CHECKOUTS} touched repositories, all verdicts kept, ${concurrency}`, many.subjects);
  printRatios(inverse(many.ratios), 'the rate of bare jobs that do nothing', '0.15 or better');
  const one = await alternate(TRIPS, {
    limit: () => time(() => bareRound(ids.slice(0, 1))),
    subject: async (n) => {
      const repository = repositories[n % CHECKOUTS];
      await touch([repository]);
      return time(() => evaluate([repository.id]));
    },
  });
  printTimes('from a trigger to its row, idle, stable before', one.subjects);
  const ratio = at(0.5, one.subjects) / at(0.5, one.limits);
  console.log(`  ${ratio.toFixed(1)} × the round trip of a bare job (median; aim: at most 6)`);
}

async function inFlight(items, run) {
  let next = 0;
  const walk = async () => {
    while (next < items.length) {
      const item = items[next];
      next += 1;
      await run(item);
    }
  };
  await Promise.all(Array.from({ length: IN_FLIGHT }, walk));
}

/** Of times, so that it is one of rates. */
function inverse(ratios) {
  return ratios.map((ratio) => 1 / ratio);
}
