// Measures reading one report over HTTP: `node bench/reads.mjs`. The ratio is against a limit of the same run.
import { join } from 'node:path';
import { ask } from '../dist/cache/ask.js';
import { NO_ISOLATION } from '../dist/inputs/load/isolation.js';
import { runWeb } from '../dist/web/run-web.js';
import { handleJob } from '../dist/worker/handle-job.js';
import { makeCheckout, register, workplan } from './lib/checkouts.js';
import { checkerOf, log, openEvaluating } from './lib/jobs.js';
import { at, printTimes, times } from './lib/measure.js';
import { withServices } from './lib/services.js';

const READS = 3000;
const WORKPLANS = 50;

await withServices({}, async (bench) => {
  const { config, folder, scope, sql } = bench;
  const plans = Array.from({ length: WORKPLANS }, (_, n) => workplan(n + 1));
  const checkout = makeCheckout(join(folder, 'widget'), Object.assign({ 'CLAUDE.md': 'kaizen\n' }, ...plans));
  const { widget } = await register(sql, config.host, { widget: checkout });
  await ask(sql, [{ repoId: widget, reason: 'bench', priority: 1, forced: false, wanted: null }]);
  const deps = openEvaluating(bench, { check: checkerOf(bench, NO_ISOLATION) });
  await handleJob(deps, widget, new AbortController().signal);
  const url = await runWeb(config, log, scope);
  const read = await times(READS, () => get(`${url}/repos/widget/doi`));
  const bare = await times(READS, () => get(`${url}/healthz`));
  printTimes(`one cached read over HTTP, ${WORKPLANS} workplans probed`, read);
  const ratio = at(0.5, read) / at(0.5, bare);
  console.log(`  ${ratio.toFixed(1)} × a route that reads nothing (median ${at(0.5, bare).toFixed(2)} ms)`);
});

async function get(url) {
  const response = await fetch(url);
  if (!response.ok) throw new Error(`${url} answered ${response.status}: ${await response.text()}`);
  await response.arrayBuffer();
}
