/** Evaluates a repository and writes the evaluation, with the failure that stands beside it. */

import { CheckerBroken } from '../checker/checker-breaker.js';
import type { DoiError } from '../domain/errors.js';
import type { Evaluation, LastEvaluation } from '../domain/evaluation.js';
import { differingInputs, UNSTABLE } from '../domain/fingerprint.js';
import { buildName } from '../domain/release.js';
import { recheckInterval } from '../domain/request.js';
import { type WrittenEvaluation, writeEvaluation } from '../store/evaluations/write-evaluation.js';
import { evaluate } from './evaluate.js';
import { describeCheckerError, describeFailure } from './failure.js';
import { type HandleDependencies, type ProbedJob, toKey, toObservation } from './job.js';
import type { StepOutcome } from './outcome.js';

/** @returns `superseded` where a newer evaluation stands, or the repository is gone */
export async function evaluateAndWrite(deps: HandleDependencies, job: ProbedJob): Promise<StepOutcome> {
  const { started, signal, last } = job;
  const { evaluation, checkerError } = await evaluate(deps, job.now, {
    last: last.evaluation,
    forced: started.forced,
    at: new Date(started.startedAt),
    signal,
  });
  signal.throwIfAborted();
  // Nothing but the checker's failure is new: the worker records that, and leaves the row and its date as they are.
  if (checkerError !== undefined && job.update.state !== 'failed' && isAsBefore(evaluation, last.evaluation))
    throw checkerError;
  const written = await writeEvaluation(deps.sql, {
    ...evaluation,
    request: toKey(job),
    trigger: started.reason,
    collapsed: started.collapsed,
    durationMs: deps.clock.now() - job.began,
    host: deps.host,
    build: buildName(deps.release),
    seen: toObservation(job),
    updated: job.update.state === 'updated',
    ...failureBeside(deps, job, checkerError),
  });
  if (!written) return { end: 'superseded' };
  if (checkerError instanceof CheckerBroken) return { end: 'put-off', error: checkerError };
  if (checkerError !== undefined) return { end: 'failed', error: checkerError };
  const unsettled = Object.values(evaluation.versions).some((version) => version.endsWith(UNSTABLE));
  return { end: 'written', ran: evaluation.ran.length, kept: evaluation.kept.length, unsettled };
}

function isAsBefore(evaluation: Evaluation, last: LastEvaluation | undefined): boolean {
  return (
    last !== undefined &&
    evaluation.ran.length === 0 &&
    differingInputs(last.versions, evaluation.versions).length === 0
  );
}

/** Of two failures it records the checker's: that leaves criteria unjudged, which a checkout that is behind does not. */
function failureBeside(
  { limits }: HandleDependencies,
  { last, update, fingerprint }: ProbedJob,
  checkerError: DoiError | undefined,
): Pick<WrittenEvaluation, 'failure' | 'deferral'> {
  const ofChecker = describeCheckerError(checkerError, fingerprint, last.failedAttempts);
  const { failure, deferral } = ofChecker;
  const isOlder = deferral !== undefined && last.failed !== null && last.failed.code !== 'update_failed';
  if (failure !== undefined || isOlder) return ofChecker;
  // The earlier of the checker's next try and the next verdict that reaches its age share.
  const recheckMs = Math.min(recheckInterval(limits), deferral?.retryMs ?? Number.POSITIVE_INFINITY);
  const isJudged = checkerError === undefined;
  if (update.state === 'waits')
    return { deferral: { fingerprint, retryMs: Math.min(update.retryMs, recheckMs), isJudged } };
  if (update.state !== 'failed') return ofChecker;
  return {
    failure: { ...describeFailure(update.error, fingerprint, last.failedAttempts), recheckMs, isJudged },
  };
}
