// Measures a watch over many checkouts in which nothing changed: `node bench/watch.mjs`.
import { lstatSync, readdirSync, realpathSync, statfsSync } from 'node:fs';
import { join } from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { CheckoutProber } from '../dist/inputs/probe/checkout-prober.js';
import { systemClock } from '../dist/platform/clock.js';
import { readRelease } from '../dist/platform/release.js';
import { watchOnce } from '../dist/producer/watch.js';
import { copyEvaluation, makeCheckout, register, workplan } from './lib/checkouts.js';
import { alternate, at, printRatios, printTimes, time } from './lib/measure.js';
import { withServices } from './lib/services.js';
import { startWorker } from './lib/worker.js';

const CHECKOUTS = Number(process.env.BENCH_CHECKOUTS ?? 10_000);
const ROUNDS = 7;
const FILES = ['.git', 'SCOPE.md', 'CLAUDE.md', 'tpsc.yaml', '.claude'];
const FOLDERS = ['.claude/rules', 'workplans', 'workplans/archived'];

await withServices({}, async (bench) => {
  const { config, services, folder, scope, sql } = bench;
  const paths = {};
  for (let n = 0; n < CHECKOUTS; n += 1) paths[`repo-${n}`] = makeOne(join(folder, 'checkouts', `repo-${n}`));
  const prober = scope.add('prober', new CheckoutProber(), (it) => it.close());
  const deps = {
    ...{
      sql,
      prober,
      clock: systemClock,
      host: config.host,
      release: readRelease(),
      capacity: 1,
      isolation: 'none',
    },
    ...{ checker: config.checker, searchPath: config.searchPath, limits: config.ageLimits },
    ...{ probeTimeoutMs: 5000, folders: true, wake: async () => {} },
  };
  await evaluateOne(bench, paths['repo-0']);
  await register(sql, config.host, Object.fromEntries(Object.entries(paths).slice(1)));
  await watchOnce(deps);
  await copyEvaluation(sql);

  const all = Object.values(paths);
  const bare = () => time(() => all.forEach(statAll));
  await bare();
  await pass(deps);
  const blocked = [];
  const watch = async () => {
    const delay = monitorEventLoopDelay({ resolution: 1 });
    delay.enable();
    const took = await time(() => pass(deps));
    delay.disable();
    // It counts the time of its own timer besides.
    blocked.push(delay.max / 1e6 - 1);
    return took;
  };
  const { subjects, ratios } = await alternate(ROUNDS, { limit: bare, subject: watch });
  printTimes(`a watch over ${CHECKOUTS} checkouts, nothing changed`, subjects);
  printRatios(ratios, 'a synchronous loop of the same stats', 'at most 2');
  console.log(`  event loop blocked at most ${at(1, blocked).toFixed(1)} ms (aim: 25)`);

  const worker = startWorker(services, scope, { DOI_WATCH_SECONDS: '5', LOG_LEVEL: 'debug' });
  await worker.logged('watched', 3);
  console.log(`  peak memory of a worker that watches them, by events too: ${worker.peak()} MB (aim: 150)`);
});

async function pass(deps) {
  const { looked, asked } = await watchOnce(deps);
  if (looked !== CHECKOUTS || asked !== 0) throw new Error(`Looked at ${looked}, asked for ${asked}.`);
}

/** One real evaluation, to copy. */
async function evaluateOne({ sql, services, scope, config }, path) {
  await register(sql, config.host, { 'repo-0': path });
  const worker = startWorker(services, scope, { LOG_LEVEL: 'info' });
  await worker.logged('evaluation ended');
  await worker.stop();
}

function makeOne(path) {
  const archived = { 'workplans/archived/BENCH-WP-0000-plan.md': '---\nstatus: done\n---\n' };
  const rules = { '.claude/rules/one.md': '# One\n' };
  const files = { 'SCOPE.md': '# Scope\n', 'CLAUDE.md': 'kaizen\n', 'tpsc.yaml': 'services: []\n' };
  return makeCheckout(path, { ...files, ...rules, ...archived, ...workplan(1), ...workplan(2) });
}

/** What a look cannot do without, by plain calls: the real path, the file system, each file and folder once. */
function statAll(path) {
  lstatSync(realpathSync.native(path), { bigint: true });
  statfsSync(path);
  for (const name of FILES) lstatSync(join(path, name), { bigint: true });
  for (const folder of FOLDERS) {
    lstatSync(join(path, folder), { bigint: true });
    for (const name of readdirSync(join(path, folder))) lstatSync(join(path, folder, name), { bigint: true });
  }
}
