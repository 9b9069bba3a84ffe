/** A worker process: opens what it needs, evaluates, watches, and runs the nightly sweep, until it has to stop. */
import { availableParallelism, hostname } from 'node:os';
import pLimit from 'p-limit';
import { requireCheckUser } from '../checker/check-user.js';
import { probeIsolation } from '../checker/isolation.js';
import { Launcher } from '../checker/launcher.js';
import { runChecker } from '../checker/run-checker.js';
import { CheckoutLoader } from '../inputs/load/checkout-loader.js';
import { probeChecker } from '../inputs/probe/checker-version.js';
import { CheckoutProber } from '../inputs/probe/checkout-prober.js';
import { BatchLoader } from '../platform/batch-loader.js';
import { type Clock, systemClock } from '../platform/clock.js';
import { type Config, requireDatabaseUrl, requireRedisUrl } from '../platform/config.js';
import type { Log } from '../platform/log.js';
import { type Program, WorkerMetrics } from '../platform/metrics/worker-metrics.js';
import { checkEncoding, checkSession } from '../platform/postgres/session.js';
import { closeSql, openSql, type Sql } from '../platform/postgres/sql.js';
import { readRelease } from '../platform/process/package-root.js';
import { openScratchFolder } from '../platform/process/scratch-folder.js';
import type { Scope } from '../platform/process/shutdown.js';
import { probeAndRequest } from '../producer/request-after-probe.js';
import { type RepositoryToWake, wakeHomes } from '../producer/wake-homes.js';
import { WakeUpBuffer } from '../producer/wake-up-buffer.js';
import { Consumer } from '../queue/consumer.js';
import { queuePrefix } from '../queue/queue-names.js';
import {
  findEvictionProblem,
  openProducerConnection,
  openWorkerConnection,
  type WorkerConnection,
} from '../queue/redis-connections.js';
import { Waker } from '../queue/waker.js';
import { readBases } from '../store/evaluations/read-basis.js';
import { repairObservationSequence } from '../store/evaluations/write-evaluation.js';
import { HostLead } from '../store/hosts/host-lead.js';
import { readInstallation } from '../store/installation.js';
import { startRequests } from '../store/requests/start-requests.js';
import type { HandleDependencies } from './handle-job.js';
import { handleWakeUp } from './handle-wake-up.js';
import { HostPause } from './host-pause.js';
import { HostProblemReporter } from './host-problem-reporter.js';
import { makeBreaker } from './make-breaker.js';
import { countRuns, MetricsRecorder } from './metrics-recorder.js';
import { openGit } from './open-git.js';
import { openMirrors } from './open-mirrors.js';
import { startNightly } from './run-nightly.js';
import { startWatch } from './run-watch.js';
import { openUpdate } from './update-checkout.js';
import type { WorkerProcess } from './worker-process.js';

/** How long one checkout may take to answer a probe, and to be read, in milliseconds. */
const PROBE_TIMEOUT_MS = 5000;
const LOAD_TIMEOUT_MS = 30_000;

/** The limits of a worker that a test would have to wait for, in milliseconds. */
export interface WorkerLimits {
  /** How long jobs under way may go on when the worker has to stop. */
  readonly graceMs: number;
  /** As in `ConsumerOptions` of `queue/consumer.ts`; undefined for the consumer's own. */
  readonly lockMs?: number;
  readonly stallCheckMs?: number;
}

const LIMITS: WorkerLimits = { graceMs: 10_000 };

/**
 * Starts a worker; closing the scope stops it.
 * @throws {DoiError} `bad_configuration`, `database_unavailable`, `schema_incompatible`
 */
export function runWorker(config: Config, log: Log, scope: Scope): Promise<void> {
  return runWorkerWithin(LIMITS, { config, log, scope });
}

/** Starts a worker with limits of its own: tests use a tenth of the usual ones. */
export async function runWorkerWithin(
  limits: WorkerLimits,
  { config, log, scope }: Pick<WorkerProcess, 'config' | 'log' | 'scope'>,
): Promise<void> {
  const clock = systemClock;
  const stop = new AbortController();
  const sql = scope.add('database', openPool(config, 'worker'), closeSql);
  const metrics = openMetrics({ config, log, scope }, clock, sql);
  const prober = scope.add('prober', new CheckoutProber(), (it) => it.close());
  const deviceOf = prober.deviceOf.bind(prober);
  const loader = scope.add('loader', new CheckoutLoader({ deviceOf }), (it) => it.close());
  await checkSession(sql, { schema: config.schema, log });
  await checkEncoding(sql);
  await repairObservationSequence(sql);
  const installation = await readInstallation(sql);
  const prefix = queuePrefix(installation);
  const producerRedis = scope.add('redis', openProducerConnection(requireRedisUrl(config), log), (it) =>
    it.disconnect(),
  );
  const waking = { redis: producerRedis, log, readPrefix: async () => prefix, onEnd: metrics.wakeUpsEnded };
  const waker = scope.add('waker', new Waker(waking), (it) => it.close());
  const release = readRelease();
  await requireCheckUser(config.checkUser);
  const isolation = await probeIsolation(config.environment);
  log.info({ host: config.host, release, isolation: isolation.level }, 'worker starts');

  const reporting = { sql, clock, log, host: config.host, silentMs: 2 * config.watchMs };
  const reporter = scope.add('host problems', new HostProblemReporter(reporting), (it) => it.close());
  const leading = { sql, host: config.host, machine: hostname(), release, silentMs: 2 * config.watchMs };
  const lead = scope.add('lead', new HostLead(leading), (it) => it.close());
  const self = { config, log, scope, stop, reporter, metrics };
  const shared = { ...sharedDependencies(config), sql, prober, clock, release, lead };
  const limit = pLimit({ concurrency: availableParallelism(), rejectOnClear: true });
  // Jobs that begin at the same moment share their statements, since each start has to wait for the disk.
  const starts = new BatchLoader((ids: readonly string[]) => startRequests(sql, ids));
  const bases = new BatchLoader((ids: readonly string[]) => readBases(sql, ids));
  const { checkTimeoutMs: timeoutMs, environment, checkUser } = config;
  const launcher = scope.add('launcher', new Launcher(environment), (it) => it.close());
  const running = { timeoutMs, limit, isolation, environment, checkUser };
  const counted = (program: Program) => countRuns(launcher.run, program, metrics);
  const wake = wakeInTheEnd(self, waker, sql);
  const moved = () => ({ ...shared, readCommit: git.readCommit });
  const mirrors = openMirrors({
    ...{ config, sql, clock, log, installation, run: launcher.run, environment },
    // Nothing is lost where it fails: the next pass of the watch finds what changed.
    onMoved: (repoId) => probeAndRequest(moved(), [repoId], wake).then(() => {}),
  });
  scope.add('mirrors', mirrors, (it) => it.close());
  const git = openGit({
    ...{ run: launcher.run, isolation, environment, checkUser, limit, timeoutMs: LOAD_TIMEOUT_MS },
    scratch: scope.add('scratch folder', await openScratchFolder(), (it) => it.close()),
    checkerInputs: config.checkerInputs,
    fetchObjects: mirrors.fetchObjects,
  });
  const handle: HandleDependencies = {
    ...shared,
    ...git,
    contact: mirrors.contact,
    loader,
    loadTimeoutMs: LOAD_TIMEOUT_MS,
    startsToRevert: new Map(),
    start: (repoId) => starts.add(repoId),
    basis: (repoId) => bases.add(repoId),
    check: makeBreaker(self, clock, (checkout, signal) =>
      runChecker({ ...running, run: counted('checker'), ...checkout, settings: config.checker, signal }),
    ).check,
    update: openUpdate(config, { ...running, run: counted('update') }),
  };
  const { concurrency: capacity, historyDays } = config;
  const producing = {
    ...shared,
    readCommit: git.readCommit,
    mirrors: mirrors.folder,
    wake,
    isolation: isolation.level,
    capacity,
    historyDays,
  };
  // None of these waits for Redis: the watch records observations without it.
  const pause = consume(self, { ...handle, lead }, { waker, prefix, limits });
  startNightly(self, producing, { redis: openRedis(self, 'nightly redis'), prefix });
  startWatch(self, producing, pause);
  mirrors.start();
  scope.add('stop signal', stop, (it) => it.abort());
}

/** Opened first, so that it is closed last and records everything that was counted. */
function openMetrics(
  { config, log, scope }: Pick<WorkerProcess, 'config' | 'log' | 'scope'>,
  clock: Clock,
  sql: Sql,
): WorkerMetrics {
  const metrics = new WorkerMetrics();
  const settings = { sql, clock, log, host: config.host, everyMs: config.watchMs, metrics };
  scope.add('metrics', new MetricsRecorder(settings), (it) => it.close());
  return metrics;
}

function openPool(config: Config, purpose: string): Sql {
  const url = requireDatabaseUrl(config);
  return openSql({ url, schema: config.schema, purpose, connections: 4 });
}

function sharedDependencies(config: Config) {
  return {
    host: config.host,
    checker: config.checker,
    searchPath: config.searchPath,
    limits: config.ageLimits,
    observedLimitMs: 2 * config.watchMs,
    contactLimitMs: 2 * config.fetchMs,
    probeTimeoutMs: PROBE_TIMEOUT_MS,
  };
}

/** Wakes at once. While Redis is away it fails, and a buffer sends the wake-ups when Redis is back. */
function wakeInTheEnd({ config, log, scope }: WorkerProcess, waker: Waker, sql: Sql): Waker['wake'] {
  const waking = { sql, host: config.host, wake: waker.wake.bind(waker) };
  const send = (wanted: readonly RepositoryToWake[]) => wakeHomes(waking, wanted);
  const later = scope.add('wake-ups', new WakeUpBuffer({ log, clock: systemClock, send }), (it) =>
    it.close(),
  );
  return async (wakes) => {
    try {
      await waker.wake(wakes);
    } catch (error) {
      later.add(wakes.map(({ repoId, priority }) => ({ repoId, priority })));
      throw error;
    }
  };
}

function openRedis({ config, log, scope }: WorkerProcess, name: string): WorkerConnection {
  return scope.add(name, openWorkerConnection(requireRedisUrl(config), log), (it) => it.endAll());
}

function consume(
  self: WorkerProcess,
  deps: HandleDependencies & { lead: HostLead },
  { waker, prefix, limits }: { waker: Waker; prefix: string; limits: WorkerLimits },
): HostPause {
  const { config, log, scope, stop, reporter, metrics } = self;
  const { graceMs, ...consumerLimits } = limits;
  const redis = openRedis(self, 'worker redis');
  findEvictionProblem(redis).then(
    (problem) => problem === undefined || log.warn(problem),
    (error) => log.info({ error }, 'whether Redis may drop jobs could not be read'),
  );
  const consumer: Consumer = new Consumer({
    redis,
    prefix,
    host: config.host,
    concurrency: config.concurrency,
    log,
    ...consumerLimits,
    handle: (repoId, signal) => handleWakeUp(waking, repoId, signal),
  });
  const check = async () => {
    if (deps.lead.why !== undefined) throw deps.lead.why;
    await deps.sql`select 1`;
    probeChecker(config.checker, config.searchPath);
  };
  const pause = new HostPause({ consumer, clock: deps.clock, log, check, reporter, signal: stop.signal });
  const waking = { deps, waker, log, pause, stop: stop.signal, onHandled: metrics.evaluationEnded };
  scope.add('consumer', consumer, (it) => it.close(graceMs));
  return pause;
}
