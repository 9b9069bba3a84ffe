// Measures the way from a trigger to a row, against bare BullMQ on the same Redis: `node bench/triggers.mjs`.
import { randomUUID } from 'node:crypto';
import { utimesSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { Queue, Worker } from 'bullmq';
import { ask } from '../dist/cache/ask.js';
import { askForPushes } from '../dist/cache/ask-for-pushes.js';
import { announceHost } from '../dist/cache/beat-host.js';
import { startRequests } from '../dist/cache/start-request.js';
import { CheckoutLoader } from '../dist/inputs/load/checkout-loader.js';
import { CheckoutProber } from '../dist/inputs/probe/checkout-prober.js';
import { Batcher } from '../dist/platform/batcher.js';
import { systemClock } from '../dist/platform/clock.js';
import { openLog } from '../dist/platform/log.js';
import { readRelease } from '../dist/platform/release.js';
import { wakeHomes } from '../dist/producer/wake-homes.js';
import { WakeLater } from '../dist/producer/wake-later.js';
import { Consumer } from '../dist/queue/consumer.js';
import { openProducerConnection, openWorkerConnection } from '../dist/queue/redis-connections.js';
import { queueName, Waker } from '../dist/queue/waker.js';
import { handleJob } from '../dist/worker/handle-job.js';
import { readBases } from '../dist/worker/read-basis.js';
import { makeCheckout, register } from './lib/checkouts.js';
import { alternate, at, printRatios, printTimes, time } from './lib/measure.js';
import { withServices } from './lib/services.js';

const ROUNDS = 7;
const ASKS = 2000;
const IN_FLIGHT = 50;
const CHECKOUTS = 400;
const TRIPS = 200;
/** Longer than an input must have settled, in milliseconds. */
const SETTLED_MS = 30;

const log = openLog('bench', 'warn');

await withServices({}, async (bench) => {
  const redis = bench.scope.add('redis', openProducerConnection(bench.services.redisUrl, log), (it) =>
    it.disconnect(),
  );
  const waker = bench.scope.add('waker', new Waker(redis, log), (it) => it.close());
  const bare = bench.scope.add('bare', new Queue('bare', { connection: redis }), (it) => it.close());
  await announceHost(bench.sql, { host: 'bench', version: '0', capacity: 1, isolation: 'none' });
  await bare.waitUntilReady();
  await benchAsks({ ...bench, redis, waker, bare });
  await benchEvaluations({ ...bench, waker, bare });
});

/** A job as ours are, to be added bare. */
function job(id) {
  return {
    name: 'bare',
    data: { id },
    opts: {
      deduplication: { id, keepLastIfActive: true },
      ...{ priority: 2, attempts: 1, removeOnComplete: true },
    },
  };
}

async function benchAsks({ sql, scope, redis, waker, bare }) {
  const ids = Array.from({ length: ASKS }, () => randomUUID());
  await sql`insert into managed_repos (id, slug, name) select id, id::text, id::text from unnest(${ids}::uuid[]) id`;
  const queue = scope.add('queue', new Queue(queueName('bench'), { connection: redis }), (it) => it.close());
  const cleared = async (run) => {
    await sql`truncate doi_request, doi_push`;
    await Promise.all([bare, queue].map((one) => one.obliterate({ force: true })));
    return time(run);
  };
  const single = await alternate(ROUNDS, {
    limit: () => cleared(() => inFlight(ids, (id) => bare.add('bare', { id }, job(id).opts))),
    subject: () => cleared(() => push({ sql, waker }, ids)),
  });
  printTimes(`${ASKS} pushes, each committed and woken, ${IN_FLIGHT} in flight`, single.subjects);
  printRatios(inverse(single.ratios), 'the rate of bare adds, which are in memory', '0.15 or better');
  const bulk = await alternate(ROUNDS, {
    limit: () => cleared(() => addBulk(bare, ids)),
    subject: () =>
      cleared(async () => {
        const asked = await ask(sql, ids.map(plainAsk));
        await waker.wake(asked.map(({ repoId, priority }) => ({ repoId, host: 'bench', priority })));
      }),
  });
  printTimes(`${ASKS} asks in bulk, committed and woken`, bulk.subjects);
  printRatios(inverse(bulk.ratios), 'the rate of bare bulk adds, which are in memory', '0.4 or better');
  await cleared(async () => {});
  await sql`delete from managed_repos`;
}

/** As the web process does: pushes that come together are committed together, and woken after the answer. */
async function push({ sql, waker }, ids) {
  const pushes = new Batcher((some) => askForPushes(sql, some));
  const wake = waker.wake.bind(waker);
  const send = (wanted) => wakeHomes({ sql, host: 'bench', wake }, wanted);
  const later = new WakeLater({ log, clock: systemClock, send });
  await inFlight(ids, async (id) => {
    later.add(await pushes.add({ repoIds: [id], branch: 'main', head: 'a'.repeat(40), reason: 'bench' }));
  });
  while (later.counts.sent < ids.length) await delay(1);
  await later.close();
}

function plainAsk(repoId) {
  return { repoId, reason: 'bench', priority: 5, forced: false, wanted: null };
}

async function addBulk(queue, ids) {
  for (let start = 0; start < ids.length; start += 500)
    await queue.addBulk(ids.slice(start, start + 500).map(job));
}

async function benchEvaluations({ sql, scope, config, services, waker, bare, folder }) {
  const paths = {};
  for (let n = 0; n < CHECKOUTS; n += 1) {
    const files = { 'SCOPE.md': '# Scope\n', 'CLAUDE.md': 'kaizen\n', 'workplans/README.md': 'Plans.\n' };
    paths[`repo-${n}`] = makeCheckout(join(folder, 'checkouts', `repo-${n}`), files);
  }
  const bySlug = await register(sql, config.host, paths);
  const repositories = Object.entries(paths).map(([slug, path]) => ({ id: bySlug[slug], path }));
  const ended = consume({ sql, scope, config, services });
  const noop = consumeBare({ scope, config, services });
  const evaluate = async (ids) => {
    const done = ended.count(ids.length);
    const asked = await ask(sql, ids.map(plainAsk));
    await waker.wake(asked.map(({ repoId, priority }) => ({ repoId, host: config.host, priority })));
    await done;
  };
  const touch = async (some) => {
    const now = new Date();
    for (const { path } of some) utimesSync(join(path, 'SCOPE.md'), now, now);
    await delay(SETTLED_MS);
  };
  const ids = repositories.map(({ id }) => id);
  const bareRound = async (some) => {
    const done = noop.count(some.length);
    await addBulk(bare, some);
    await done;
  };
  await evaluate(ids);
  ended.expectKept();
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
  printTimes('from a trigger to its row, idle, settled before', one.subjects);
  const ratio = at(0.5, one.subjects) / at(0.5, one.limits);
  console.log(`  ${ratio.toFixed(1)} × the round trip of a bare job (median; aim: at most 6)`);
}

/** A worker's own parts in this process, so that the end of each evaluation is a signal. */
function consume({ sql, scope, config, services }) {
  const starts = new Batcher((ids) => startRequests(sql, ids));
  const bases = new Batcher((ids) => readBases(sql, ids));
  const deps = {
    ...{ sql, clock: systemClock, host: config.host, release: readRelease(), owed: new Map() },
    ...{ checker: config.checker, searchPath: config.searchPath, limits: config.ageLimits },
    ...{ probeTimeoutMs: 5000, loadTimeoutMs: 30_000 },
    prober: scope.add('prober', new CheckoutProber(), (it) => it.close()),
    loader: scope.add('loader', new CheckoutLoader(), (it) => it.close()),
    start: (id) => starts.add(id),
    basis: (id) => bases.add(id),
    check: async () => [],
  };
  const counter = makeCounter();
  let isFirst = true;
  const handle = async (repoId, signal) => {
    const { outcome } = await handleJob(deps, repoId, signal);
    if (outcome.end !== 'written' || (!isFirst && outcome.ran > 0))
      throw new Error(`An evaluation ended as ${JSON.stringify(outcome)}.`);
    counter.note();
    return 'done';
  };
  const redis = scope.add('worker redis', openWorkerConnection(services.redisUrl, log), (it) =>
    it.disconnect(),
  );
  const settings = { redis, host: config.host, concurrency: config.concurrency, log, handle };
  scope.add('consumer', new Consumer(settings), (it) => it.close(1000));
  return {
    count: counter.count,
    expectKept: () => {
      isFirst = false;
    },
  };
}

function consumeBare({ scope, config, services }) {
  const connection = scope.add('bare redis', openWorkerConnection(services.redisUrl, log), (it) =>
    it.disconnect(),
  );
  const counter = makeCounter();
  const { concurrency } = config;
  const worker = new Worker('bare', async () => counter.note(), { connection, concurrency });
  scope.add('bare worker', worker, (it) => it.close());
  return counter;
}

/** Resolves when as many were noted. */
function makeCounter() {
  let note = () => {};
  return {
    note: () => note(),
    count: (wanted) =>
      new Promise((resolve) => {
        let seen = 0;
        note = () => {
          seen += 1;
          if (seen === wanted) resolve();
        };
      }),
  };
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
