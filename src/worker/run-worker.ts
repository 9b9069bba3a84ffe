/** A worker process: opens what it needs, evaluates, watches, and runs the nightly sweep, until it has to stop. */
import { availableParallelism, hostname } from 'node:os';
import pLimit from 'p-limit';
import { requireCheckUser } from '../checker/check-user.js';
import { probeIsolation } from '../checker/isolation.js';
import { Launcher } from '../checker/launcher.js';
import { CheckoutLoader } from '../inputs/load/checkout-loader.js';
import { probeChecker } from '../inputs/probe/checker-version.js';
import { CheckoutProber } from '../inputs/probe/checkout-prober.js';
import { type Clock, systemClock } from '../platform/clock.js';
import { type Config, requireDatabaseUrl, requireRedisUrl } from '../platform/config.js';
import type { Log } from '../platform/log.js';
import { WorkerMetrics } from '../platform/metrics/worker-metrics.js';
import { checkEncoding, checkSession } from '../platform/postgres/session.js';
import { closeSql, openSql, type Sql } from '../platform/postgres/sql.js';
import { readRelease } from '../platform/process/package-root.js';
import type { Scope } from '../platform/process/shutdown.js';
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
import { repairObservationSequence } from '../store/evaluations/write-evaluation.js';
import { HostLead } from '../store/hosts/host-lead.js';
import { readInstallation } from '../store/installation.js';
import type { HandleDependencies } from './handle-job.js';
import { handleWakeUp } from './handle-wake-up.js';
import { HostPause } from './host-pause.js';
import { HostProblemReporter } from './host-problem-reporter.js';
import { makeHandle } from './make-handle.js';
import { MetricsRecorder } from './metrics-recorder.js';
import { openBare } from './open-bare.js';
import { startNightly } from './run-nightly.js';
import { startWatch } from './run-watch.js';
import type { WorkerProcess } from './worker-process.js';

/** How long one checkout may take to answer a probe, in milliseconds. */
const PROBE_TIMEOUT_MS = 5000;

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
  const waker = openWaker({ config, log, scope }, prefix, metrics);
  const release = readRelease();
  await requireCheckUser(config.checkUser);
  const isolation = await probeIsolation(config.environment);
  log.info({ host: config.host, release, isolation: isolation.level }, 'worker starts');

  const { reporter, lead } = openHost({ config, log, scope }, clock, sql);
  const self = { config, log, scope, stop, reporter, metrics };
  const shared = { ...sharedDependencies(config), sql, prober, clock, release, lead };
  const wake = wakeInTheEnd(self, waker, sql);
  const launcher = scope.add('launcher', new Launcher(config.environment), (it) => it.close());
  const limit = pLimit({ concurrency: availableParallelism(), rejectOnClear: true });
  const running = { run: launcher.run, isolation, limit };
  const { git, mirrors } = await openBare(self, { ...{ shared, installation, wake }, ...running });
  const handle = makeHandle(self, { ...{ shared, git, mirrors, loader }, ...running });
  const { concurrency: capacity, historyDays } = config;
  const producing = {
    ...shared,
    readCommit: git.readCommitHere,
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

function openWaker(
  { config, log, scope }: Pick<WorkerProcess, 'config' | 'log' | 'scope'>,
  prefix: string,
  { wakeUpsEnded: onEnd }: WorkerMetrics,
): Waker {
  const redis = scope.add('redis', openProducerConnection(requireRedisUrl(config), log), (it) =>
    it.disconnect(),
  );
  return scope.add('waker', new Waker({ redis, log, readPrefix: async () => prefix, onEnd }), (it) =>
    it.close(),
  );
}

/** Who watches this host: reports its problems, and leads its workers where there are several. */
function openHost(
  { config, log, scope }: Pick<WorkerProcess, 'config' | 'log' | 'scope'>,
  clock: Clock,
  sql: Sql,
) {
  const shared = { sql, host: config.host, silentMs: 2 * config.watchMs };
  const reporter = new HostProblemReporter({ ...shared, clock, log });
  const lead = new HostLead({ ...shared, machine: hostname(), release: readRelease() });
  return {
    reporter: scope.add('host problems', reporter, (it) => it.close()),
    lead: scope.add('lead', lead, (it) => it.close()),
  };
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
