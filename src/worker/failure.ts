/** What becomes of a wake-up that broke: put back where the host is to blame or the worker stops, else a failure. */

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

/**
 * How a wake-up that broke ends. `put-off`: to be tried again later, through no fault of the repository. `put-back`: the
 * job goes back to the queue; `trouble`: the host's, where it is that.
 */
export type BrokenEnd =
  | { readonly end: 'failed' | 'put-off'; readonly error: DoiError }
  | { readonly end: 'put-back'; readonly trouble?: DoiError };

/** A wake-up that broke. */
export interface BrokenJob {
  readonly repoId: string;
  /** Undefined where it broke before anything was started. */
  readonly request: StartedKey | undefined;
  readonly signal: AbortSignal;
  /** What was observed before it broke; null where nothing was. */
  readonly fingerprint: string | null;
}

export interface EndDependencies {
  readonly sql: Sql;
  /** Starts that could not be taken back, as the database was away, by repository: taken back before the next one. */
  readonly owed: Map<string, StartedKey>;
}

/** Ends a wake-up that broke: put back where the host is to blame or the worker stops, else recorded. */
export async function endBroken(deps: EndDependencies, job: BrokenJob, thrown: unknown): Promise<BrokenEnd> {
  const error = thrown instanceof DoiError ? thrown : unexpected(thrown);
  const isOthersFault = job.signal.aborted || isHostProblem(error);
  try {
    const { request } = job;
    if (request === undefined) return { end: 'put-back', trouble: error };
    if (error instanceof CheckerBroken && !job.signal.aborted) {
      // The host is otherwise well: what needs no checker goes on, so this job does not go back to the queue.
      await deferRequest(deps.sql, request, describeDeferral(error, job.fingerprint));
      return { end: 'put-off', error };
    }
    if (isOthersFault) {
      deps.owed.set(job.repoId, request);
      await revertStarts(deps, job.repoId);
    } else {
      const failedBefore = await countFailures(deps.sql, job.repoId);
      await recordFailure(deps.sql, request, describeFailure(error, job.fingerprint, failedBefore));
      return { end: 'failed', error };
    }
  } catch (secondary) {
    // The request stays as it is, started: the job that is put back starts it again, and this start does not count.
    const trouble = secondary instanceof DoiError ? secondary : unexpected(secondary);
    if (job.request !== undefined && isHostProblem(trouble)) deps.owed.set(job.repoId, job.request);
    return { end: 'put-back', trouble };
  }
  return job.signal.aborted ? { end: 'put-back' } : { end: 'put-back', trouble: error };
}

/** Takes back a start that does not count, at the next chance where it could not be at once. */
export async function revertStarts({ sql, owed }: EndDependencies, repoId: string): Promise<void> {
  const key = owed.get(repoId);
  if (key === undefined) return;
  await requeueRequest(sql, key);
  owed.delete(repoId);
}

/** The error of an evaluation that was started again and again and never ended. */
export function killedItsWorker(): DoiError {
  return new DoiError(
    'worker_killed',
    `Its evaluation was started ${MAX_STARTS} times and never ended: it seems to end its worker.`,
    'Look at the log of the worker and at what is unusual about the checkout; then run "doi refresh".',
  );
}

function unexpected(thrown: unknown): DoiError {
  const message = thrown instanceof Error ? thrown.message : String(thrown);
  const remedy = 'This is a fault of doi-worker or of its installation: see the log of the worker.';
  return new DoiError(
    'evaluation_broken',
    `The evaluation ended with an unexpected error: ${message}`,
    remedy,
    {
      cause: thrown,
    },
  );
}

/* Describes an error as what is recorded of it: a failure beside a repository's row, or only a delay. */

const MAX_MESSAGE = 2000;

/**
 * @param fingerprint what was observed when it broke; null where that broke
 * @param failedBefore how often in a row it had failed before
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

/** The message of an error, fit to store and to show. */
export function describeMessage({ message }: DoiError): string {
  return safeText(message, MAX_MESSAGE);
}

/** @param fingerprint what was observed before the check was refused */
export function describeDeferral({ retryMs }: CheckerBroken, fingerprint: string | null): Deferral {
  // Later by up to a tenth, so that what was put off does not return together.
  return { fingerprint, retryMs: Math.round(retryMs * (1 + 0.1 * Math.random())) };
}

/** What is written beside an evaluation whose checker broke, or was not run; the parameters as above. */
export function describeCheckerError(
  error: DoiError | undefined,
  fingerprint: string | null,
  failedBefore: number,
): { readonly failure?: NewFailure; readonly deferral?: Deferral } {
  if (error === undefined) return {};
  if (error instanceof CheckerBroken) return { deferral: describeDeferral(error, fingerprint) };
  return { failure: describeFailure(error, fingerprint, failedBefore) };
}

/* Quarantine: how long a repository whose evaluation broke is left alone, whoever asks for it meanwhile. Pure. */

/**
 * How long the very inputs that failed before are left alone, in milliseconds: a push, say, changes nothing here until
 * it is pulled. A person does not wait, and neither does what has changed since.
 * @param fingerprint what is observed now; null before anything was looked at
 * @returns undefined where it is to be tried now
 */
export function waitBeforeRetry(
  failed: FailedBefore | null,
  started: Pick<StartedRequest, 'priority'>,
  fingerprint: string | null,
): number | undefined {
  if (failed === null || failed.retryMs <= 0) return undefined;
  if (started.priority === PRIORITY.person) return undefined;
  // The same inputs were judged beside it: what is left is the update, which has a time of its own.
  if (failed.code === 'update_failed') return undefined;
  // With nothing to compare by, only what ended its worker may not even be looked at.
  const isSame = fingerprint === null ? failed.code === 'worker_killed' : true;
  return isSame && failed.fingerprint === fingerprint ? failed.retryMs : undefined;
}
