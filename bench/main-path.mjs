// Measures the main path on this machine: `npm run bench`. Ratios are against a limit measured in the same run.
import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ask } from '../dist/cache/ask.js';
import { startRequest } from '../dist/cache/start-request.js';
import { CheckoutLoader } from '../dist/inputs/load/checkout-loader.js';
import { probeIsolation } from '../dist/inputs/load/isolation.js';
import { runChecker } from '../dist/inputs/load/run-checker.js';
import { systemClock } from '../dist/platform/clock.js';
import { openLog } from '../dist/platform/log.js';
import { openReader } from '../dist/reader/open-reader.js';
import { registerRepositories } from '../dist/registry/register.js';
import { runWeb } from '../dist/web/run-web.js';
import { handleJob } from '../dist/worker/handle-job.js';
import { readBasis } from '../dist/worker/read-basis.js';
import { makeCheckout, workplan } from './lib/checkouts.js';
import { at, printTimes, times } from './lib/measure.js';
import { withServices } from './lib/services.js';

const READS = 3000;
const EVALUATIONS = 30;
const WORKPLANS = 50;

await withServices({}, async ({ config, folder, scope }) => {
  const plans = Array.from({ length: WORKPLANS }, (_, n) => workplan(n + 1));
  const checkout = makeCheckout(join(folder, 'widget'), Object.assign({ 'CLAUDE.md': 'kaizen\n' }, ...plans));
  const reader = openReader(config, scope);
  await registerRepositories(reader.sql, { paths: [checkout], host: config.host });
  const [{ id }] = await reader.sql`select id::text from managed_repos`;
  await benchEvaluations(config, { reader, scope, id, checkout });
  await benchReads(config, scope);
});

/** A forced evaluation against the bare checker program, which no evaluation can do without. */
async function benchEvaluations(config, { reader, scope, id, checkout }) {
  const loader = scope.add('loader', new CheckoutLoader(), (it) => it.close());
  const isolation = await probeIsolation(process.env);
  const deps = {
    ...reader,
    loader,
    clock: systemClock,
    loadTimeoutMs: 30_000,
    owed: new Map(),
    basis: (repoId) => readBasis(reader.sql, repoId),
    start: (repoId) => startRequest(reader.sql, repoId),
    check: ({ path, slug }, signal) =>
      runChecker({
        ...{ settings: config.checker, path, slug, signal, isolation, environment: process.env },
        ...{ timeoutMs: 60_000, limit: (run) => run() },
      }),
  };
  const bare = await times(EVALUATIONS, () => {
    try {
      execFileSync(process.execPath, [config.checker.file, checkout, 'widget'], {
        stdio: 'ignore',
        env: { PATH: process.env.PATH },
      });
    } catch (error) {
      if (error.status !== 1 && error.status !== 2) throw error;
    }
  });
  const evaluate = async (forced) => {
    await ask(reader.sql, [{ repoId: id, reason: 'bench', priority: 1, forced, wanted: null }]);
    const { outcome } = await handleJob(deps, id, new AbortController().signal);
    if (outcome.end !== 'written') throw new Error(`The evaluation ended as ${JSON.stringify(outcome)}.`);
  };
  const forced = await times(EVALUATIONS, () => evaluate(true));
  const edit = (n) => writeFileSync(join(checkout, 'CLAUDE.md'), `kaizen ${n}\n`);
  const edited = await times(EVALUATIONS, (n) => {
    edit(n);
    return evaluate(false);
  });
  printTimes(`one forced evaluation, ${WORKPLANS} workplans`, forced);
  printLimit(forced, bare, 'the bare checker program');
  printTimes('one evaluation after an edit of CLAUDE.md (20 ms of it settling)', edited);
}

/** A cached read over HTTP against a route that answers from memory, on one connection. */
async function benchReads(config, scope) {
  const log = openLog('bench', 'warn');
  const url = await runWeb(config, log, scope);
  const read = await times(READS, () => get(`${url}/repos/widget/doi`));
  const bare = await times(READS, () => get(`${url}/healthz`));
  printTimes('one cached read over HTTP', read);
  printLimit(read, bare, 'a route that reads nothing');
}

async function get(url) {
  const response = await fetch(url);
  if (!response.ok) throw new Error(`${url} answered ${response.status}: ${await response.text()}`);
  await response.arrayBuffer();
}

function printLimit(values, limit, name) {
  const median = at(0.5, limit);
  console.log(`  ${(at(0.5, values) / median).toFixed(2)} × ${name} (median ${median.toFixed(2)} ms)`);
}
