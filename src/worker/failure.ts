/** How a failure is worded and recorded, and what becomes of the request of a job that broke. */
import { CheckerBroken } from '../checker/checker-breaker.js';
import { DoiError, isHostProblem } from '../domain/errors.js';
import { safeText } from '../domain/hide-secrets.js';
import { MAX_STARTS, PRIORITY, retryDelay } from '../domain/request.js';
import type { Sql } from '../platform/postgres/sql.js';
import { type NewFailure, recordFailure } from '../store/evaluations/failures.js';
import { countFailures, type FailedBefore } from '../store/evaluations/read-last-evaluation.js';
import {
  type Deferral,
  deferRequest,
  requeueRequest,
  type StartedKey,
} from '../store/requests/end-requests.js';
import type { StartedRequest } from '../store/requests/start-requests.js';
import type { Outcome } from './outcome.js';
import { DEFER_MS, StillFetching } from './still-fetching.js';

/** A job that broke. */
export interface BrokenJob {
  readonly repoId: string;
  /** Undefined where it broke before the start. */
  readonly request: StartedKey | undefined;
  readonly signal: AbortSignal;
  /** The versions of now before it broke; null where they were not read. */
  readonly fingerprint: string | null;
}

export interface FailureDeps {
  readonly sql: Sql;
  /** By repository: starts that the worker could not revert while the database was away. It reverts each before the next. */
  readonly startsToRevert: Map<string, StartedKey>;
}

/**
 * Ends a job that broke. Where the worker stops or its host has a problem, the start does not count and the job goes back
 * to the queue. Where only the checker is broken, the request is deferred. Anything else is the repository's failure.
 */
export async function endBroken(deps: FailureDeps, job: BrokenJob, thrown: unknown): Promise<Outcome> {
  const error = toDoiError(thrown);
  const { request } = job;
  if (request === undefined) return { end: 'put-back', hostProblem: error };
  try {
    return await endStarted(deps, { ...job, request }, error);
  } catch (secondary) {
    // The request stays started. The job that goes back to the queue starts it again, and this start does not count.
    const hostProblem = toDoiError(secondary);
    if (isHostProblem(hostProblem)) deps.startsToRevert.set(job.repoId, request);
    return { end: 'put-back', hostProblem };
  }
}

async function endStarted(
  deps: FailureDeps,
  { repoId, request, signal, fingerprint }: BrokenJob & { readonly request: StartedKey },
  error: DoiError,
): Promise<Outcome> {
  if (error instanceof CheckerBroken && !signal.aborted) {
    // Only the checker is broken: the host goes on with what needs none, so this job does not go back to the queue.
    await deferRequest(deps.sql, request, describeDeferral(error, fingerprint));
    return { end: 'put-off', error };
  }
  if (error instanceof StillFetching && !signal.aborted) {
    await deferRequest(deps.sql, request, { retryMs: DEFER_MS, fingerprint, isUnderWay: true });
    return { end: 'waiting', retryMs: DEFER_MS };
  }
  if (signal.aborted || isHostProblem(error)) {
    deps.startsToRevert.set(repoId, request);
    await revertStarts(deps, repoId);
    return signal.aborted ? { end: 'put-back' } : { end: 'put-back', hostProblem: error };
  }
  const failedBefore = await countFailures(deps.sql, repoId);
  await recordFailure(deps.sql, request, describeFailure(error, fingerprint, failedBefore));
  return { end: 'failed', error };
}

/** Reverts the repository's start that does not count, if one is noted. */
export async function revertStarts({ sql, startsToRevert }: FailureDeps, repoId: string): Promise<void> {
  const key = startsToRevert.get(repoId);
  if (key === undefined) return;
  await requeueRequest(sql, key);
  startsToRevert.delete(repoId);
}

/** The error of an evaluation that was started several times and never ended. */
export function killedItsWorker(): DoiError {
  return new DoiError(
    'worker_killed',
    `Its evaluation was started ${MAX_STARTS} times and never ended: it seems to end its worker.`,
    'See the log of the worker and what is unusual about the checkout; then run "doi refresh".',
  );
}

function toDoiError(thrown: unknown): DoiError {
  if (thrown instanceof DoiError) return thrown;
  const message = thrown instanceof Error ? thrown.message : String(thrown);
  const remedy = 'This is a fault of doi-worker or of its installation: see the log of the worker.';
  const found = `The evaluation ended with an unexpected error: ${message}`;
  return new DoiError('evaluation_broken', found, remedy, { cause: thrown });
}

const MAX_MESSAGE = 2000;

/** The message of an error, fit to store and to show. */
export function describeMessage({ message }: DoiError): string {
  return safeText(message, MAX_MESSAGE);
}

/**
 * Describes a failure as it is recorded beside the row.
 * @param fingerprint the versions of now when it broke; null where they were not read
 * @param failedBefore how often in a row the evaluation had failed before
 */
export function describeFailure(
  error: DoiError,
  fingerprint: string | null,
  failedBefore: number,
): NewFailure {
  return {
    code: error.code,
    message: describeMessage(error),
    remedy: error.remedy,
    fingerprint,
    retryMs: retryDelay(failedBefore + 1, Math.random()),
  };
}

function describeDeferral({ retryMs }: CheckerBroken, fingerprint: string | null): Deferral {
  // Later by up to a tenth, so that deferred requests do not return together.
  return { fingerprint, retryMs: Math.round(retryMs * (1 + 0.1 * Math.random())) };
}

/** Describes what is written beside an evaluation whose checker broke or was not run; parameters as above. */
export function describeCheckerError(
  error: DoiError | undefined,
  fingerprint: string | null,
  failedBefore: number,
): { readonly failure?: NewFailure; readonly deferral?: Deferral } {
  if (error === undefined) return {};
  if (error instanceof CheckerBroken) return { deferral: describeDeferral(error, fingerprint) };
  return { failure: describeFailure(error, fingerprint, failedBefore) };
}

/**
 * How long the worker waits before it retries inputs that failed, in milliseconds; undefined where it retries now: for a
 * person, and where an input has changed since. A new request alone does not end the wait: a push, say, changes no input
 * until it is pulled.
 * @param fingerprint the versions of now; null before the probe
 */
export function waitBeforeRetry(
  failed: FailedBefore | null,
  started: Pick<StartedRequest, 'priority'>,
  fingerprint: string | null,
): number | undefined {
  if (failed === null || failed.retryMs <= 0) return undefined;
  if (started.priority === PRIORITY.person) return undefined;
  // The repository was judged with these inputs; only the update failed, and it has its own time.
  if (failed.code === 'update_failed') return undefined;
  // Before the probe there is no fingerprint to compare. Only a repository that ended its worker during the probe may
  // not even be probed.
  const isSame = fingerprint === null ? failed.code === 'worker_killed' : true;
  return isSame && failed.fingerprint === fingerprint ? failed.retryMs : undefined;
}
