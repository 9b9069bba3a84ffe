// Measures the main path on this machine: `npm run bench`. Ratios are against a limit measured in the same run.
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ask } from '../dist/cache/ask.js';
import { startRequest } from '../dist/cache/start-request.js';
import { CheckoutLoader } from '../dist/inputs/load/checkout-loader.js';
import { probeIsolation } from '../dist/inputs/load/isolation.js';
import { runChecker } from '../dist/inputs/load/run-checker.js';
import { startLocalServices } from '../dist/local/services.js';
import { systemClock } from '../dist/platform/clock.js';
import { readConfig } from '../dist/platform/config.js';
import { openLog } from '../dist/platform/log.js';
import { migrate } from '../dist/platform/migrate.js';
import { Scope } from '../dist/platform/shutdown.js';
import { openReader } from '../dist/reader/open-reader.js';
import { checkHubSchema } from '../dist/registry/check-hub-schema.js';
import { registerRepositories } from '../dist/registry/register.js';
import { runWeb } from '../dist/web/run-web.js';
import { handleJob } from '../dist/worker/handle-job.js';

const READS = 3000;
const EVALUATIONS = 30;
const WORKPLANS = 50;

const folder = mkdtempSync(join(tmpdir(), 'doi-bench-'));
const scope = new Scope();
try {
  const checkout = makeCheckout(join(folder, 'widget'));
  const services = await startLocalServices({ dataDir: join(folder, 'data') }, scope);
  await migrate({ url: services.databaseUrl, direction: 'up', verify: checkHubSchema });
  const config = readConfig({
    ...process.env,
    DATABASE_URL: services.databaseUrl,
    PORT: '0',
    LOG_LEVEL: 'warn',
  });
  const reader = openReader(config, scope);
  await registerRepositories(reader.sql, { paths: [checkout], host: config.host });
  const [{ id }] = await reader.sql`select id::text from managed_repos`;

  await benchEvaluations(config, reader, { id, checkout });
  await benchReads(config);
} finally {
  await scope.close();
  rmSync(folder, { recursive: true, force: true });
}

/** A forced evaluation against the bare checker program, which no evaluation can do without. */
async function benchEvaluations(config, reader, { id, checkout }) {
  const loader = scope.add('loader', new CheckoutLoader(), (it) => it.close());
  const isolation = await probeIsolation(process.env);
  const deps = {
    ...reader,
    loader,
    clock: systemClock,
    loadTimeoutMs: 30_000,
    owed: new Map(),
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
  report(`one forced evaluation, ${WORKPLANS} workplans`, forced, { 'the bare checker program': bare });
  report('one evaluation after an edit of CLAUDE.md (20 ms of it settling)', edited);
}

/** A cached read over HTTP against a route that answers from memory, on one connection. */
async function benchReads(config) {
  const log = openLog('bench', 'warn');
  const url = await runWeb(config, log, scope);
  const read = await times(READS, () => get(`${url}/repos/widget/doi`));
  const bare = await times(READS, () => get(`${url}/healthz`));
  report('one cached read over HTTP', read, { 'a route that reads nothing': bare });
}

async function get(url) {
  const response = await fetch(url);
  if (!response.ok) throw new Error(`${url} answered ${response.status}: ${await response.text()}`);
  await response.arrayBuffer();
}

async function times(count, run) {
  const all = [];
  for (let n = 0; n < count; n += 1) {
    const began = performance.now();
    await run(n);
    all.push(performance.now() - began);
  }
  return all.sort((one, other) => one - other);
}

function report(what, sorted, limits = {}) {
  const at = (share) => sorted[Math.floor((sorted.length - 1) * share)];
  console.log(`${what}: median ${at(0.5).toFixed(2)} ms, 99th percentile ${at(0.99).toFixed(2)} ms`);
  for (const [name, limit] of Object.entries(limits)) {
    const median = limit[Math.floor((limit.length - 1) * 0.5)];
    console.log(`  ${(at(0.5) / median).toFixed(2)} × ${name} (median ${median.toFixed(2)} ms)`);
  }
}

function makeCheckout(path) {
  mkdirSync(join(path, '.git'), { recursive: true });
  mkdirSync(join(path, 'workplans'));
  writeFileSync(join(path, 'CLAUDE.md'), 'kaizen\n');
  for (let n = 1; n <= WORKPLANS; n += 1) {
    const id = `BENCH-WP-${String(n).padStart(4, '0')}`;
    const matter = `---\nid: ${id}\ntype: workplan\ntitle: Plan ${n}\ndomain: default\nstatus: active\n---\n`;
    const task = `\n\`\`\`task\nid: ${id}-T01\nstatus: todo\npriority: high\n\`\`\`\n`;
    writeFileSync(join(path, 'workplans', `${id}-plan.md`), `${matter}\n# Plan\n${task}`);
  }
  return path;
}
