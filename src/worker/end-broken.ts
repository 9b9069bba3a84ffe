/** What becomes of a wake-up that broke: put back where the host is to blame or the worker stops, else a failure. */
import { putOffRequest } from '../cache/put-off-request.js';
import { countFailures } from '../cache/read-last-evaluation.js';
import { recordFailure } from '../cache/record-failure.js';
import { putBackRequest, type StartedKey } from '../cache/settle-request.js';
import { DoiError, isHostTrouble } from '../domain/errors.js';
import { MAX_STARTS } from '../domain/request.js';
import type { Sql } from '../platform/sql.js';
import { CheckerBroken } from './checker-broken.js';
import { describeFailure, describePutOff } from './describe-failure.js';

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
  const isOthersFault = job.signal.aborted || isHostTrouble(error);
  try {
    const { request } = job;
    if (request === undefined) return { end: 'put-back', trouble: error };
    if (error instanceof CheckerBroken && !job.signal.aborted) {
      // The host is otherwise well: what needs no checker goes on, so this job does not go back to the queue.
      await putOffRequest(deps.sql, request, describePutOff(error, job.fingerprint));
      return { end: 'put-off', error };
    }
    if (isOthersFault) {
      deps.owed.set(job.repoId, request);
      await payBack(deps, job.repoId);
    } else {
      const failedBefore = await countFailures(deps.sql, job.repoId);
      await recordFailure(deps.sql, request, describeFailure(error, job.fingerprint, failedBefore));
      return { end: 'failed', error };
    }
  } catch (secondary) {
    // The request stays as it is, started: the job that is put back starts it again, and this start does not count.
    const trouble = secondary instanceof DoiError ? secondary : unexpected(secondary);
    if (job.request !== undefined && isHostTrouble(trouble)) deps.owed.set(job.repoId, job.request);
    return { end: 'put-back', trouble };
  }
  return job.signal.aborted ? { end: 'put-back' } : { end: 'put-back', trouble: error };
}

/** Takes back a start that does not count, at the next chance where it could not be at once. */
export async function payBack({ sql, owed }: EndDependencies, repoId: string): Promise<void> {
  const key = owed.get(repoId);
  if (key === undefined) return;
  await putBackRequest(sql, key);
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
