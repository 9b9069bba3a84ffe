// A worker's own parts in this process, so that the end of each evaluation is a signal; and bare jobs to compare with.
import { availableParallelism } from 'node:os';
import { Queue, Worker } from 'bullmq';
import pLimit from 'p-limit';
import { probeIsolation } from '../../dist/checker/isolation.js';
import { Launcher } from '../../dist/checker/launcher.js';
import { runChecker } from '../../dist/checker/run-checker.js';
import { CheckoutLoader } from '../../dist/inputs/load/checkout-loader.js';
import { CheckoutProber } from '../../dist/inputs/probe/checkout-prober.js';
import { BatchLoader } from '../../dist/platform/batch-loader.js';
import { systemClock } from '../../dist/platform/clock.js';
import { openLog } from '../../dist/platform/log.js';
import { readRelease } from '../../dist/platform/process/package-root.js';
import { openScratchFolder } from '../../dist/platform/process/scratch-folder.js';
import { Consumer } from '../../dist/queue/consumer.js';
import { openProducerConnection, openWorkerConnection } from '../../dist/queue/redis-connections.js';
import { Waker } from '../../dist/queue/waker.js';
import { readBases } from '../../dist/store/evaluations/read-basis.js';
import { startRequests } from '../../dist/store/requests/start-requests.js';
import { handleJob } from '../../dist/worker/handle-job.js';
import { openGit } from '../../dist/worker/open-git.js';

export const log = openLog('bench', 'warn');
/** Of the keys of the queues. */
export const PREFIX = 'doi-bench';

/** What a worker evaluates with; `check` may be replaced. */
export function openEvaluating({ sql, scope, config }, { check }) {
  const starts = new BatchLoader((ids) => startRequests(sql, ids));
  const bases = new BatchLoader((ids) => readBases(sql, ids));
  return {
    ...{ sql, clock: systemClock, host: config.host, release: readRelease(), startsToRevert: new Map() },
    ...{ checker: config.checker, searchPath: config.searchPath, limits: config.ageLimits },
    ...{ probeTimeoutMs: 5000, loadTimeoutMs: 30_000 },
    prober: scope.add('prober', new CheckoutProber(), (it) => it.close()),
    loader: scope.add('loader', new CheckoutLoader(), (it) => it.close()),
    start: (id) => starts.add(id),
    basis: (id) => bases.add(id),
    check,
  };
}

/** Reads bare repositories that are no mirrors, as a worker does. */
export async function openBare({ config, scope }) {
  const { run } = scope.add('git launcher', new Launcher(config.environment), (it) => it.close());
  const scratch = scope.add('scratch folder', await openScratchFolder(), (it) => it.close());
  const { environment, checkerInputs } = config;
  const fetchObjects = () => Promise.reject(new Error('It lacks objects.'));
  const limit = pLimit(availableParallelism());
  const isolation = await probeIsolation(environment);
  return openGit({
    run,
    scratch,
    environment,
    checkerInputs,
    fetchObjects,
    limit,
    isolation,
    timeoutMs: 30_000,
  });
}

/** Runs the checker as a worker does: so many at once as there are cores. */
export function checkerOf({ config, scope }, isolation) {
  const limit = pLimit(availableParallelism());
  const { checker: settings, environment, checkTimeoutMs: timeoutMs } = config;
  const { run } = scope.add('launcher', new Launcher(environment), (it) => it.close());
  return (checkout, signal) =>
    runChecker({ settings, environment, timeoutMs, limit, isolation, run, ...checkout, signal });
}

/** Adds wake-ups. */
export function openQueues({ scope, services }) {
  const redis = scope.add('redis', openProducerConnection(services.redisUrl, log), (it) => it.disconnect());
  const waker = scope.add('waker', new Waker({ redis, log, readPrefix: async () => PREFIX }), (it) =>
    it.close(),
  );
  const bare = scope.add('bare', new Queue('bare', { connection: redis }), (it) => it.close());
  return { redis, waker, bare };
}

/**
 * Takes wake-ups and evaluates.
 * @param expected whether an outcome is what the benchmark measures; else the job fails, which is logged
 * @returns `count(n)`: resolves when as many have ended
 */
export function consume({ scope, config, services }, deps, expected) {
  const counter = makeCounter();
  const handle = async (repoId, signal) => {
    const { outcome } = await handleJob(deps, repoId, signal);
    if (!expected(outcome)) throw new Error(`An evaluation ended as ${JSON.stringify(outcome)}.`);
    counter.note();
    return 'done';
  };
  const redis = openRedis(scope, services);
  const settings = { redis, prefix: PREFIX, host: config.host, concurrency: config.concurrency, log, handle };
  scope.add('consumer', new Consumer(settings), (it) => it.close(1000));
  return counter;
}

/** Takes bare jobs and does nothing. */
export function consumeBare({ scope, config, services }) {
  const counter = makeCounter();
  const { concurrency } = config;
  const connection = openRedis(scope, services);
  const worker = new Worker('bare', async () => counter.note(), { connection, concurrency });
  scope.add('bare worker', worker, (it) => it.close());
  return counter;
}

/** Adds bare jobs, each like a wake-up of ours, in chunks. */
export async function addBare(queue, ids) {
  for (let start = 0; start < ids.length; start += 500)
    await queue.addBulk(ids.slice(start, start + 500).map(bareJob));
}

/** A job like a wake-up of ours, to be added bare. */
export function bareJob(id) {
  return {
    name: 'bare',
    data: { id },
    opts: {
      deduplication: { id, keepLastIfActive: true },
      ...{ priority: 2, attempts: 1, removeOnComplete: true },
    },
  };
}

function openRedis(scope, services) {
  return scope.add('worker redis', openWorkerConnection(services.redisUrl, log), (it) => it.endAll());
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
