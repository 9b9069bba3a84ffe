/** Joins what a worker needs to handle a job: the statements, the loaders, the checker and the update command. */
import type { LimitFunction } from 'p-limit';
import type { Isolation } from '../checker/isolation.js';
import type { Launcher } from '../checker/launcher.js';
import { runChecker } from '../checker/run-checker.js';
import type { CheckoutLoader } from '../inputs/load/checkout-loader.js';
import type { ReadNowDeps } from '../inputs/read-now.js';
import { BatchLoader } from '../platform/batch-loader.js';
import type { Clock } from '../platform/clock.js';
import type { Program } from '../platform/metrics/worker-metrics.js';
import type { Sql } from '../platform/postgres/sql.js';
import { readBases } from '../store/evaluations/read-basis.js';
import { startRequests } from '../store/requests/start-requests.js';
import type { HandleDependencies } from './handle-job.js';
import { makeBreaker } from './make-breaker.js';
import { countRuns } from './metrics-recorder.js';
import type { OpenGit } from './open-git.js';
import type { OpenMirrors } from './open-mirrors.js';
import { openUpdate } from './update-checkout.js';
import type { WorkerProcess } from './worker-process.js';

/** How long reading the files of one checkout may take, in milliseconds. */
const LOAD_TIMEOUT_MS = 30_000;

export interface HandleParts {
  readonly shared: ReadNowDeps & { readonly sql: Sql; readonly clock: Clock };
  readonly git: OpenGit;
  readonly mirrors: Pick<OpenMirrors, 'contact'>;
  readonly loader: CheckoutLoader;
  readonly run: Launcher['run'];
  readonly isolation: Isolation;
  readonly limit: LimitFunction;
}

/** @throws {DoiError} `bad_configuration` where the update command cannot be started */
export function makeHandle(self: WorkerProcess, parts: HandleParts): HandleDependencies {
  const { config, metrics } = self;
  const { shared, git, mirrors, loader, run, isolation, limit } = parts;
  const { sql, clock } = shared;
  const { checkTimeoutMs: timeoutMs, environment, checkUser } = config;
  const running = { timeoutMs, limit, isolation, environment, checkUser };
  const counted = (program: Program) => countRuns(run, program, metrics);
  // Jobs that begin at the same moment share their statements, since each start has to wait for the disk.
  const starts = new BatchLoader((ids: readonly string[]) => startRequests(sql, ids));
  const bases = new BatchLoader((ids: readonly string[]) => readBases(sql, ids));
  return {
    ...{ ...shared, ...git, loader, loadTimeoutMs: LOAD_TIMEOUT_MS, startsToRevert: new Map() },
    contact: mirrors.contact,
    start: (repoId) => starts.add(repoId),
    basis: (repoId) => bases.add(repoId),
    check: makeBreaker(self, clock, (checkout, signal) =>
      runChecker({ ...running, run: counted('checker'), ...checkout, settings: config.checker, signal }),
    ).check,
    update: openUpdate(config, { ...running, run: counted('update') }),
  };
}
