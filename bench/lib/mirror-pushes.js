// Pushes to the remotes of mirrors, from their delivery to the report of exactly that commit.
import { Agent } from 'node:http';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { NO_ISOLATION } from '../../dist/checker/isolation.js';
import { openLog } from '../../dist/platform/log.js';
import { announceHost } from '../../dist/store/hosts/heartbeat.js';
import { addRequests } from '../../dist/store/requests/add-requests.js';
import { runWeb } from '../../dist/web/run-web.js';
import { handleJob } from '../../dist/worker/handle-job.js';
import { register, workplan } from './checkouts.js';
import { checkerOf, openBare, openEvaluating } from './jobs.js';
import { alternate, at, printRatios, printTimes, time } from './measure.js';
import { until } from './mirrors.js';
import { deliver } from './pushes.js';
import { commitTo, git } from './remotes.js';
import { startWorker } from './worker.js';

/** Pushes go to so many repositories in turn. */
const PUSHED = 20;
/** Between two pushes, in milliseconds. */
const REST_MS = 200;
/** Between two readings of the report, which the same cores answer. */
const READ_MS = 10;
const ALONE = 'alone';

/** What a push changes. */
const CHANGES = {
  'SCOPE.md': (n) => ({ 'SCOPE.md': `# Scope ${n}\n` }),
  'a workplan, which the checker reads': (n) => planOf(n),
};

/** From a push to its report, against a bare fetch of it and its evaluation alone. */
export async function benchPushes(bench, { remotes, pushAndRead, pushes }) {
  const pushed = remotes.slice(0, PUSHED);
  const fetchAndJudge = await openAlone(bench, pushed);
  for (const [what, filesOf] of Object.entries(CHANGES)) {
    const commit = openCommits(pushed, filesOf);
    const measured = async (n, run) => {
      await delay(REST_MS);
      const head = await commit(n);
      return time(() => run(pushed[n % pushed.length], head));
    };
    const { subjects, limits, ratios } = await alternate(pushes, {
      limit: (n) => measured(n, fetchAndJudge),
      subject: (n) => measured(n, pushAndRead),
    });
    printTimes(`from a push of ${what} to the report of its commit, idle`, subjects);
    const bare = `a bare fetch and the evaluation alone, median ${at(0.5, limits).toFixed(0)} ms`;
    printRatios(ratios, bare, 'at most 2');
  }
}

/** Pushes that touch no input, to a worker that counts what it does from its start. */
export async function countOtherPushes(bench, { remotes, pushAndRead, pushes, env }) {
  const { sql, services, scope } = bench;
  const pushed = remotes.slice(0, PUSHED);
  let criteria = 0;
  const worker = startWorker(services, scope, env, ({ ran = 0 }) => {
    criteria += ran;
  });
  await worker.logged('worker starts');
  const commit = openCommits(pushed, (n) => ({ 'src/other.txt': `${n}\n` }));
  for (let n = 0; n < pushes; n += 1) await pushAndRead(pushed[n % pushed.length], await commit(n));
  // It records all that it has counted when it stops.
  await worker.stop();
  const [{ metrics }] = await sql`select metrics from doi_worker_metrics order by recorded_at desc limit 1`;
  const programs = sumOf(metrics, 'doi_subprocesses_total');
  const handled = sumOf(metrics, 'doi_evaluations_total', ({ result }) => result === 'fresh');
  console.log(`${pushes} pushes that touch no input: ${handled} wake-ups found the row fresh`);
  console.log(`  ${criteria} criteria judged, ${programs} programs started besides git (aim: 0, 0)`);
}

function sumOf(metrics, wanted, isCounted = () => true) {
  const { samples } = metrics.find(({ name }) => name === wanted);
  return samples.filter(({ labels }) => isCounted(labels)).reduce((sum, { value }) => sum + value, 0);
}

/** The n-th commit is pushed when it is first asked for: both sides measure the same one. */
function openCommits(pushed, filesOf) {
  let last = { n: -1, head: '' };
  return async (n) => {
    if (last.n !== n) last = { n, head: await commitTo(pushed[n % pushed.length], n, filesOf(n)) };
    return last.head;
  };
}

function planOf(n) {
  const [[path, text]] = Object.entries(workplan(1));
  return { [path]: `${text}\nChanged ${n} times.\n` };
}

/** The full clones as bare repositories of another host, whose part of a worker runs in this process. */
async function openAlone({ folder, ...bench }, pushed) {
  const { sql } = bench;
  const config = { ...bench.config, host: ALONE };
  const place = (name) => join(folder, 'full', `${name}.git`);
  await announceHost(sql, { host: ALONE, version: '0', capacity: 1, isolation: 'none' });
  const paths = Object.fromEntries(pushed.map(({ name }) => [`${ALONE}-${name}`, place(name)]));
  const ids = await register(sql, ALONE, paths);
  const here = { ...bench, config };
  const deps = {
    ...openEvaluating(here, { check: checkerOf(here, NO_ISOLATION) }),
    ...(await openBare(here)),
  };
  const judge = async ({ name }) => {
    const repoId = ids[`${ALONE}-${name}`];
    await addRequests(sql, [{ repoId, reason: 'bench', priority: 1, forced: false, wanted: null }]);
    const { outcome } = await handleJob(deps, repoId, new AbortController().signal);
    if (outcome.end !== 'written') throw new Error(`It ended as ${JSON.stringify(outcome)}.`);
  };
  for (const one of pushed) await judge(one);
  return async (one) => {
    await git(['-C', place(one.name), 'fetch', '-q', 'origin', '+refs/heads/main:refs/heads/main']);
    await judge(one);
  };
}

/** What a web process does, in this process. Returns a function: delivers a push, and resolves when its report is fresh. */
export async function openWeb({ scope, config }, server) {
  const url = await runWeb(config, openLog('bench', 'error'), scope);
  const agent = scope.add('pushes', new Agent({ keepAlive: true }), (it) => it.destroy());
  return async ({ name }, head) => {
    await deliver(agent, url, { remote: `${server}/${name}.git`, after: head });
    await until(async () => {
      const { stale, checkout } = await (await fetch(`${url}/repos/${name}/doi`)).json();
      return !stale && checkout.head === head;
    }, READ_MS);
  };
}
