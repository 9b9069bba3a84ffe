/** Handles one wake-up: from the request to the row, and what happens to the request whatever goes wrong. */

import { putOffRequest } from '../cache/put-off-request.js';
import type { LastState } from '../cache/read-last-evaluation.js';
import type { Observation } from '../cache/record-observations.js';
import { repairObservationSequence } from '../cache/repair-sequence.js';
import { putBackRequest, type StartedKey, settleAsFresh, settleRequest } from '../cache/settle-request.js';
import type { StartedRequest } from '../cache/start-request.js';
import { writeEvaluation } from '../cache/write-evaluation.js';
import { DoiError } from '../domain/errors.js';
import type { Evaluation, LastEvaluation } from '../domain/evaluation.js';
import { differingInputs, joinFingerprint, UNSETTLED } from '../domain/fingerprint.js';
import { overAge } from '../domain/freshness.js';
import { homeHost, mayClaim } from '../domain/home.js';
import { isNewerRelease } from '../domain/release.js';
import { ageShare, MAX_STARTS } from '../domain/request.js';
import type { RegistryProbe } from '../inputs/probe/probe-registry.js';
import { CheckerBroken } from './checker-broken.js';
import { describeCheckerError } from './describe-failure.js';
import { type BrokenEnd, type EndDependencies, endBroken, killedItsWorker, payBack } from './end-broken.js';
import { type EvaluateDependencies, evaluate } from './evaluate.js';
import { type Observed, observe } from './observe.js';
import { waitBeforeRetry } from './quarantine.js';
import { type Basis, readBasis } from './read-basis.js';

export interface HandleDependencies extends EvaluateDependencies, EndDependencies {
  /** Starts the open request of a repository, as `startRequest` does. */
  readonly start: (repoId: string) => Promise<StartedRequest | undefined>;
}

/** How handling a wake-up ended. */
export type Outcome =
  | { readonly end: 'nothing-asked' | 'not-mine' | 'gone' | 'older-release' | 'fresh' }
  | { readonly end: 'waiting'; readonly retryMs: number }
  | { readonly end: 'written'; readonly ran: number; readonly kept: number; readonly unsettled: boolean }
  | BrokenEnd;

/** What was handled, for the log. */
export interface Handling {
  readonly slug: string | undefined;
  readonly trigger: string | undefined;
  /** How often which reasons were collapsed into the trigger. */
  readonly collapsed: Readonly<Record<string, number>>;
  readonly outcome: Outcome;
}

/** How often an evaluation is begun anew because a newer one was written meanwhile. */
const MAX_ROUNDS = 5;

/**
 * Handles a wake-up. Never throws for what a repository or a server does: the request says what is left to do.
 * @param signal aborts when the worker stops or has lost the job's lock
 */
export async function handleJob(
  deps: HandleDependencies,
  repoId: string,
  signal: AbortSignal,
): Promise<Handling> {
  const job: Job = { repoId, signal, started: undefined, slug: undefined, fingerprint: null };
  try {
    for (let round = 0; round < MAX_ROUNDS; round += 1) {
      await payBack(deps, repoId);
      job.started = await deps.start(repoId);
      if (job.started === undefined) return handled(job, { end: 'nothing-asked' });
      const outcome = await runStarted(deps, job as Started);
      if (outcome !== 'refused') return handled(job, outcome);
      // The start is not to count: nothing broke.
      await putBackRequest(deps.sql, toKey(repoId, job.started));
    }
    // After a restore while workers run, every number may be older than what was written.
    await repairObservationSequence(deps.sql);
    throw new DoiError(
      'evaluation_broken',
      `Newer evaluations were written ${MAX_ROUNDS} times while this one ran.`,
      'See whether two workers of one host believe to be alone: is a clock or a lock broken?',
    );
  } catch (error) {
    const request = job.started && toKey(repoId, job.started);
    const broken = { repoId, request, signal, fingerprint: job.fingerprint };
    return handled(job, await endBroken(deps, broken, error));
  }
}

function toKey(repoId: string, { seq, startedAt, observation }: StartedRequest): StartedKey {
  return { repoId, seq, startedAt, observation };
}

function handled({ slug, started }: Job, outcome: Outcome): Handling {
  return { slug, trigger: started?.reason, collapsed: started?.collapsed ?? {}, outcome };
}

function isMine({ host }: HandleDependencies, { repo, claimedBy }: RegistryProbe): boolean {
  const home = homeHost(repo, claimedBy);
  return home === host || (home === undefined && mayClaim(repo, host));
}

/** One wake-up, as far as it is known: what is learnt on the way is kept for the log and for when it breaks. */
interface Job {
  readonly repoId: string;
  readonly signal: AbortSignal;
  started: StartedRequest | undefined;
  slug: string | undefined;
  /** What was observed; null before. */
  fingerprint: string | null;
}

interface Started extends Job {
  readonly started: StartedRequest;
}

async function runStarted(deps: HandleDependencies, job: Started): Promise<Outcome | 'refused'> {
  const { sql } = deps;
  const request = toKey(job.repoId, job.started);
  const began = deps.clock.now();
  // Only now: what was read before the start would be older than the observation number.
  const basis = await readBasis(sql, job.repoId);
  if (basis?.registry.status !== 'active') {
    await settleRequest(sql, request);
    return { end: 'gone' };
  }
  const { registry, last } = basis;
  job.slug = registry.slug;
  if (!isMine(deps, registry)) {
    await putBackRequest(sql, request);
    return { end: 'not-mine' };
  }
  const { evaluation } = last;
  if (evaluation !== undefined && isNewerRelease(evaluation.versions.criteria, deps.release)) {
    await putBackRequest(sql, request);
    return { end: 'older-release' };
  }
  return observeAndEvaluate(deps, { job, ...basis, began });
}

interface Prepared extends Basis {
  readonly job: Started;
  readonly began: number;
}

async function observeAndEvaluate(
  deps: HandleDependencies,
  prepared: Prepared,
): Promise<Outcome | 'refused'> {
  const { registry, last, job } = prepared;
  const { started } = job;
  const unseen = waitBeforeRetry(last.failed, started, null);
  if (unseen !== undefined) return wait(deps, job, unseen);
  // What ends its worker is looked at once more, so that an edit of it is noticed; or not, where the look does it.
  if (started.starts > MAX_STARTS + 1) throw killedItsWorker();
  const observed = await observe(deps, registry);
  job.fingerprint = joinFingerprint(observed.versions);
  if (started.starts > MAX_STARTS) throw killedItsWorker();
  const retryMs = waitBeforeRetry(last.failed, started, job.fingerprint);
  if (retryMs !== undefined) return wait(deps, job, retryMs);
  if (!isStillFresh(deps, { observed, last, started })) return evaluateAndWrite(deps, prepared, observed);
  const seen = seenBy(prepared, observed);
  await settleAsFresh(deps.sql, toKey(job.repoId, started), { host: deps.host, seen });
  return { end: 'fresh' };
}

async function wait({ sql }: HandleDependencies, job: Started, retryMs: number): Promise<Outcome> {
  await putOffRequest(sql, toKey(job.repoId, job.started), { retryMs, fingerprint: job.fingerprint });
  return { end: 'waiting', retryMs };
}

/** What was seen, as of the database's time of the start: before the probe, and by no clock that may be set in between. */
function seenBy({ registry: { repoId, claimedBy }, job }: Prepared, { versions }: Observed): Observation {
  return { repoId, claimedBy, fingerprint: joinFingerprint(versions), seenAt: job.started.startedAt };
}

interface Compared {
  readonly observed: Observed;
  readonly last: LastState;
  readonly started: StartedRequest;
}

/** Whether nothing is to be done: same inputs, nothing near its age, nothing failed, nobody insists. */
function isStillFresh(deps: HandleDependencies, { observed, last, started }: Compared): boolean {
  const { evaluation, failedAttempts } = last;
  if (evaluation === undefined || started.forced || failedAttempts > 0) return false;
  const at = new Date(started.startedAt);
  return (
    differingInputs(evaluation.versions, observed.versions).length === 0 &&
    overAge(evaluation.judgedAt, deps.limits, at, ageShare(observed.registry.repoId)).length === 0
  );
}

async function evaluateAndWrite(
  deps: HandleDependencies,
  prepared: Prepared,
  observed: Observed,
): Promise<Outcome | 'refused'> {
  const { last, job, began } = prepared;
  const { repoId, started, signal } = job;
  const { evaluation, checkerError } = await evaluate(deps, observed, {
    last: last.evaluation,
    forced: started.forced,
    at: new Date(started.startedAt),
    signal,
  });
  signal.throwIfAborted();
  // Tried again and again while the checker is broken: a row is not written for that alone.
  if (checkerError instanceof CheckerBroken && isAsBefore(evaluation, last.evaluation)) throw checkerError;
  const written = await writeEvaluation(deps.sql, {
    ...evaluation,
    request: toKey(repoId, started),
    trigger: started.reason,
    collapsed: started.collapsed,
    durationMs: deps.clock.now() - began,
    host: deps.host,
    seen: seenBy(prepared, observed),
    ...describeCheckerError(checkerError, job.fingerprint, last.failedAttempts),
  });
  if (!written) return 'refused';
  if (checkerError instanceof CheckerBroken) return { end: 'put-off', error: checkerError };
  if (checkerError !== undefined) return { end: 'failed', error: checkerError };
  const unsettled = Object.values(evaluation.versions).some((version) => version.endsWith(UNSETTLED));
  return { end: 'written', ran: evaluation.ran.length, kept: evaluation.kept.length, unsettled };
}

function isAsBefore(evaluation: Evaluation, last: LastEvaluation | undefined): boolean {
  return (
    last !== undefined &&
    evaluation.ran.length === 0 &&
    differingInputs(last.versions, evaluation.versions).length === 0
  );
}
