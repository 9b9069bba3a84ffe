// Measures a watch over many checkouts in which nothing changed: `node bench/watch.mjs`.
import { lstatSync, readdirSync, realpathSync, statfsSync } from 'node:fs';
import { join } from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { watchOnce } from '../dist/producer/watch.js';
import { makeFleet } from './lib/fleet.js';
import { alternate, at, printRatios, printTimes, time } from './lib/measure.js';
import { withServices } from './lib/services.js';
import { startWorker } from './lib/worker.js';

const CHECKOUTS = Number(process.env.BENCH_CHECKOUTS ?? 10_000);
const ROUNDS = 7;
const FILES = ['.git', 'SCOPE.md', 'CLAUDE.md', 'tpsc.yaml', '.claude'];
const FOLDERS = ['.claude/rules', 'workplans', 'workplans/archived'];

await withServices({}, async (bench) => {
  const { services, scope } = bench;
  const { paths, deps } = await makeFleet(bench, CHECKOUTS);

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
  const { probed, requested } = await watchOnce(deps);
  if (probed !== CHECKOUTS || requested !== 0) throw new Error(`Probed ${probed}, requested ${requested}.`);
}

/** What a probe cannot do without, by plain calls: the real path, the file system, each file and folder once. */
function statAll(path) {
  lstatSync(realpathSync.native(path), { bigint: true });
  statfsSync(path);
  for (const name of FILES) lstatSync(join(path, name), { bigint: true });
  for (const folder of FOLDERS) {
    lstatSync(join(path, folder), { bigint: true });
    for (const name of readdirSync(join(path, folder))) lstatSync(join(path, folder, name), { bigint: true });
  }
}
