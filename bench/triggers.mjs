// Measures the way from a trigger to a row: `node bench/triggers.mjs`. Each figure is a ratio to bare BullMQ on the same
// Redis, measured in alternating slices.

import { randomUUID } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Queue, Worker } from 'bullmq';
import { ask } from '../dist/cache/ask.js';
import { announceHost } from '../dist/cache/beat-host.js';
import { startRequests } from '../dist/cache/start-request.js';
import { CheckoutLoader } from '../dist/inputs/load/checkout-loader.js';
import { startLocalServices } from '../dist/local/services.js';
import { Batcher } from '../dist/platform/batcher.js';
import { systemClock } from '../dist/platform/clock.js';
import { readConfig } from '../dist/platform/config.js';
import { openLog } from '../dist/platform/log.js';
import { migrate } from '../dist/platform/migrate.js';
import { Scope } from '../dist/platform/shutdown.js';
import { closeSql, openSql } from '../dist/platform/sql.js';
import { Consumer } from '../dist/queue/consumer.js';
import { openProducerConnection, openWorkerConnection } from '../dist/queue/redis-connections.js';
import { Waker } from '../dist/queue/waker.js';
import { openReader } from '../dist/reader/run-web.js';
import { checkHubSchema } from '../dist/registry/check-hub-schema.js';
import { registerRepositories } from '../dist/registry/register.js';
import { handleJob } from '../dist/worker/handle-job.js';

const SLICES = Number(process.env.SLICES ?? 5);
const folder = mkdtempSync(join(tmpdir(), 'doi-bench-'));
const scope = new Scope();
const log = openLog('bench', 'warn');
try {
  const services = await startLocalServices({ dataDir: join(folder, 'data') }, scope);
  await migrate({ url: services.databaseUrl, direction: 'up', verify: checkHubSchema });
  const config = readConfig({
    ...process.env,
    DATABASE_URL: services.databaseUrl,
    REDIS_URL: services.redisUrl,
    DOI_HOST: 'here',
  });
  const sql = scope.add(
    'sql',
    openSql({ url: services.databaseUrl, purpose: 'bench', connections: 4 }),
    closeSql,
  );
  await announceHost(sql, { host: 'here', version: '0', capacity: 1 });
  const redis = scope.add('redis', openProducerConnection(services.redisUrl, log), (it) => it.disconnect());
  const waker = scope.add('waker', new Waker(redis, log), (it) => it.close());
  const bare = scope.add('bare', new Queue('bare', { connection: redis }), (it) => it.close());
  await new Promise((r) => setTimeout(r, 300));
  if (!process.argv[2] || process.argv[2] === 'ask') await benchAsks({ sql, waker, bare });
  if (!process.argv[2] || process.argv[2] === 'eval')
    await benchEvaluations({ sql, waker, bare, config, services });
} finally {
  await scope.close();
  rmSync(folder, { recursive: true, force: true });
}

async function inFlight(items, width, run) {
  let next = 0;
  await Promise.all(
    Array.from({ length: width }, async () => {
      while (next < items.length) await run(items[next++]);
    }),
  );
}
async function time(run) {
  const b = performance.now();
  await run();
  return performance.now() - b;
}

async function benchAsks({ sql, waker, bare }) {
  const ids = Array.from({ length: 2000 }, () => randomUUID());
  await sql`insert into managed_repos (id, slug, name) select id, id::text, id::text from unnest(${ids}::uuid[]) id`;
  const clear = async () => {
    await sql`truncate doi_request`;
    await bare.obliterate({ force: true });
    const q = new Queue('doi-here', { connection: redisOf(bare) });
    await q.obliterate({ force: true });
  };
  const opts = (id) => ({
    deduplication: { id, keepLastIfActive: true },
    priority: 2,
    attempts: 1,
    removeOnComplete: true,
  });
  const one = async (id) => {
    const [asked] = await ask(sql, [
      { repoId: id, reason: 'bench', priority: 5, forced: false, wanted: null },
    ]);
    await waker.wake([{ repoId: id, host: 'here', priority: asked.priority }]);
  };
  const single = [],
    bulk = [];
  for (let s = 0; s < SLICES; s++) {
    await clear();
    const limit = await time(() => inFlight(ids, 50, (id) => bare.add('x', { id }, opts(id))));
    const subject = await time(() => inFlight(ids, 50, one));
    single.push([limit, subject]);
    await clear();
    const limitB = await time(async () => {
      for (let i = 0; i < ids.length; i += 500)
        await bare.addBulk(ids.slice(i, i + 500).map((id) => ({ name: 'x', data: { id }, opts: opts(id) })));
    });
    const subjectB = await time(async () => {
      const asked = await ask(
        sql,
        ids.map((repoId) => ({ repoId, reason: 'bench', priority: 5, forced: false, wanted: null })),
      );
      await waker.wake(asked.map(({ repoId, priority }) => ({ repoId, host: 'here', priority })));
    });
    bulk.push([limitB, subjectB]);
  }
  show('ask+wake, 50 in flight', single, ids.length);
  show('ask+wake, bulk', bulk, ids.length);
  await clear();
  await sql`delete from managed_repos`;
}
function redisOf(queue) {
  return queue.opts.connection;
}
function show(name, pairs, n) {
  const ratios = pairs.map(([l, s]) => l / s).sort((a, b) => a - b);
  const med = ratios[Math.floor(ratios.length / 2)];
  console.log(
    `${name}: ratio ${med.toFixed(3)} (${ratios[0].toFixed(3)}..${ratios.at(-1).toFixed(3)}); limit ${((n / pairs[0][0]) * 1000).toFixed(0)}/s subject ${((n / pairs[0][1]) * 1000).toFixed(0)}/s`,
  );
}

async function benchEvaluations({ sql, waker, bare, config, services }) {
  const N = 400;
  const paths = [];
  for (let i = 0; i < N; i++) {
    const p = join(folder, 'co', `r${i}`);
    mkdirSync(join(p, '.git'), { recursive: true });
    mkdirSync(join(p, 'workplans'));
    writeFileSync(join(p, 'SCOPE.md'), '# Scope\n');
    writeFileSync(join(p, 'CLAUDE.md'), 'kaizen\n');
    writeFileSync(join(p, 'workplans', 'README.md'), 'x\n');
    paths.push(p);
  }
  await registerRepositories(sql, { paths, host: 'here' });
  const ids = (await sql`select id::text from managed_repos order by slug`).map((r) => r.id);
  const reader = openReader(config, scope);
  const loader = scope.add('loader', new CheckoutLoader(), (it) => it.close());
  const starts = new Batcher((i) => startRequests(sql, i));
  const deps = {
    ...reader,
    sql,
    host: 'here',
    loader,
    clock: systemClock,
    loadTimeoutMs: 30000,
    probeTimeoutMs: 5000,
    owed: new Map(),
    start: (id) => starts.add(id),
    check: async () => [],
  };
  const concurrency = Number(process.env.C ?? config.concurrency);
  const wred = scope.add('wr', openWorkerConnection(services.redisUrl, log), (it) => it.disconnect());
  let onDone = () => {};
  const ends = {};
  scope.add(
    'c',
    new Consumer({
      redis: wred,
      host: 'here',
      concurrency,
      log,
      handle: async (repoId, signal) => {
        const { outcome } = await handleJob(deps, repoId, signal);
        ends[outcome.end] = (ends[outcome.end] ?? 0) + 1;
        if (outcome.end === 'written') {
          ends.ran = (ends.ran ?? 0) + outcome.ran;
        }
        onDone();
        return outcome.end === 'put-back' ? 'put-back' : 'done';
      },
    }),
    (it) => it.close(1000),
  );
  const wred2 = scope.add('wr2', openWorkerConnection(services.redisUrl, log), (it) => it.disconnect());
  let onBare = () => {};
  scope.add(
    'bw',
    new Worker(
      'bare',
      async () => {
        onBare();
      },
      { connection: wred2, concurrency },
    ),
    (it) => it.close(),
  );
  const counted = (n, set) =>
    new Promise((resolve) => {
      let c = 0;
      set(() => {
        if (++c === n) resolve();
      });
    });
  const askAll = async (list) => {
    const asked = await ask(
      sql,
      list.map((repoId) => ({ repoId, reason: 'bench', priority: 5, forced: false, wanted: null })),
    );
    await waker.wake(asked.map(({ repoId, priority }) => ({ repoId, host: 'here', priority })));
  };
  let done = counted(N, (f) => {
    onDone = f;
  });
  await askAll(ids);
  await done;
  console.log('first', ends);
  const pairs = [];
  for (let s = 0; s < SLICES; s++) {
    for (const p of paths) utimesSync(join(p, 'SCOPE.md'), new Date(), new Date());
    await new Promise((r) => setTimeout(r, 60));
    done = counted(N, (f) => {
      onBare = f;
    });
    const limit = await time(async () => {
      await bare.addBulk(
        ids.map((id) => ({
          name: 'x',
          data: { id },
          opts: { removeOnComplete: true, priority: 5, deduplication: { id, keepLastIfActive: true } },
        })),
      );
      await done;
    });
    for (const k of Object.keys(ends)) delete ends[k];
    done = counted(N, (f) => {
      onDone = f;
    });
    const subject = await time(async () => {
      await askAll(ids);
      await done;
    });
    pairs.push([limit, subject]);
  }
  console.log(ends);
  show(`touched evaluations, concurrency ${concurrency}`, pairs, N);
  const lat = [],
    noop = [];
  for (let s = 0; s < 200; s++) {
    utimesSync(join(paths[s % N], 'SCOPE.md'), new Date(), new Date());
    await new Promise((r) => setTimeout(r, 30));
    let d = counted(1, (f) => {
      onBare = f;
    });
    noop.push(
      await time(async () => {
        await bare.add('x', {}, { removeOnComplete: true });
        await d;
      }),
    );
    const [repo] =
      await sql`select id::text from managed_repos where local_path = ${paths[s % N]} or host_paths->>'here' = ${paths[s % N]}`;
    d = counted(1, (f) => {
      onDone = f;
    });
    lat.push(
      await time(async () => {
        await askAll([repo.id]);
        await d;
      }),
    );
  }
  const q = (a, p) => a.toSorted((x, y) => x - y)[Math.floor((a.length - 1) * p)];
  console.log(
    `latency: noop ${q(noop, 0.5).toFixed(2)}/${q(noop, 0.99).toFixed(2)}, subject ${q(lat, 0.5).toFixed(2)}/${q(lat, 0.99).toFixed(2)} ratio ${(q(lat, 0.5) / q(noop, 0.5)).toFixed(2)}`,
  );
}
