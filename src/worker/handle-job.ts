/** Handles one wake-up: from the request to the row, and what happens to the request whatever goes wrong. */

import { DoiError } from '../domain/errors.js';
import type { LastEvaluation } from '../domain/evaluation.js';
import { differingInputs, joinFingerprint } from '../domain/fingerprint.js';
import { overAge } from '../domain/freshness.js';
import { homeHost, mayClaim } from '../domain/home.js';
import { isNewerRelease } from '../domain/release.js';
import { ageShare, MAX_STARTS, recheckInterval } from '../domain/request.js';
import type { LastState } from '../store/evaluations/read-last-evaluation.js';
import { repairObservationSequence } from '../store/evaluations/write-evaluation.js';
import type { RegistryProbe } from '../store/repositories/probe-registry.js';
import {
  completeAsFresh,
  completeRequest,
  deferRequest,
  requeueRequest,
} from '../store/requests/end-requests.js';
import type { StartedRequest } from '../store/requests/start-requests.js';
import { evaluateAndWrite } from './evaluate-and-write.js';
import { endBroken, killedItsWorker, revertStarts, waitBeforeRetry } from './failure.js';
import {
  type HandleDependencies,
  type Job,
  type Outcome,
  type Prepared,
  type Started,
  seenBy,
  toKey,
} from './job.js';
import { type Observed, observe } from './observe.js';
import { pushToPull, type UpdateEnd, updateCheckout } from './update-checkout.js';

export type { HandleDependencies, Outcome } from './job.js';

/** What was handled, for the log. */
export interface Handling {
  readonly slug: string | undefined;
  readonly trigger: string | undefined;
  /** Of the request; undefined where nothing was started. */
  readonly priority: number | undefined;
  /** How often which reasons were collapsed into the trigger. */
  readonly collapsed: Readonly<Record<string, number>>;
  readonly update: UpdateEnd;
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
  const unknown = {
    started: undefined,
    slug: undefined,
    fingerprint: null,
    update: { state: 'none' },
  } as const;
  const job: Job = { repoId, signal, ...unknown };
  try {
    for (let round = 0; round < MAX_ROUNDS; round += 1) {
      await revertStarts(deps, repoId);
      job.started = await deps.start(repoId);
      if (job.started === undefined) return handled(job, { end: 'nothing-asked' });
      const outcome = await runStarted(deps, job as Started);
      if (outcome !== 'refused') return handled(job, outcome);
      // The start is not to count: nothing broke.
      await requeueRequest(deps.sql, toKey(repoId, job.started));
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

function handled({ slug, started, update }: Job, outcome: Outcome): Handling {
  const { reason: trigger, priority, collapsed = {} } = started ?? {};
  return { slug, trigger, priority, collapsed, update, outcome };
}

function isMine({ host }: HandleDependencies, { repo, claimedBy }: RegistryProbe): boolean {
  const home = homeHost(repo, claimedBy);
  return home === host || (home === undefined && mayClaim(repo, host));
}

async function runStarted(deps: HandleDependencies, job: Started): Promise<Outcome | 'refused'> {
  const { sql } = deps;
  const request = toKey(job.repoId, job.started);
  const began = deps.clock.now();
  // Only now: what was read before the start would be older than the observation number.
  const basis = await deps.basis(job.repoId);
  if (basis?.registry.status !== 'active') {
    await completeRequest(sql, request);
    return { end: 'gone' };
  }
  const { registry, last } = basis;
  job.slug = registry.slug;
  if (!isMine(deps, registry)) {
    await requeueRequest(sql, request);
    return { end: 'not-mine' };
  }
  const { evaluation } = last;
  if (evaluation !== undefined && isOfNewer(deps, evaluation)) {
    await requeueRequest(sql, request);
    return { end: 'older-release' };
  }
  return observeAndEvaluate(deps, { job, ...basis, began });
}

function isOfNewer({ release }: HandleDependencies, { versions, build }: LastEvaluation): boolean {
  return isNewerRelease({ criteria: versions.criteria, build }, release);
}

async function observeAndEvaluate(
  deps: HandleDependencies,
  prepared: Prepared,
): Promise<Outcome | 'refused'> {
  const { last, job } = prepared;
  const { started } = job;
  const unseen = waitBeforeRetry(last.failed, started, null);
  if (unseen !== undefined) return wait(deps, job, unseen);
  // What ends its worker is looked at once more, so that an edit of it is noticed; or not, where the look does it.
  if (started.starts > MAX_STARTS + 1) throw killedItsWorker();
  const observed = await observeUpToDate(deps, prepared);
  const { checkout } = observed.versions;
  const others = deps.lead?.compare({ registry: prepared.registry, checkout });
  if (others !== undefined) throw others;
  if (started.starts > MAX_STARTS) throw killedItsWorker();
  const retryMs = waitBeforeRetry(last.failed, started, job.fingerprint);
  if (retryMs !== undefined) return wait(deps, job, retryMs);
  return isJudged(deps, { observed, last, started })
    ? endJudged(deps, prepared, observed)
    : evaluateAndWrite(deps, prepared, observed);
}

/** Observes a repository, and anew where its checkout was updated for that. */
async function observeUpToDate(
  deps: HandleDependencies,
  { registry, last, job }: Prepared,
): Promise<Observed> {
  const observed = await observe(deps, registry, pushToPull(deps, last));
  job.fingerprint = joinFingerprint(observed.versions);
  const end = await updateCheckout(deps, { started: job.started, signal: job.signal, last, observed });
  // Of an evaluation that is begun anew, the update that the first try needed.
  if (end.state !== 'none' || job.update.state !== 'updated') job.update = end;
  if (end.state === 'none' || end.state === 'waits') return observed;
  const after = await observe(deps, registry);
  job.fingerprint = joinFingerprint(after.versions);
  return after;
}

async function wait({ sql }: HandleDependencies, job: Started, retryMs: number): Promise<Outcome> {
  await deferRequest(sql, toKey(job.repoId, job.started), { retryMs, fingerprint: job.fingerprint });
  return { end: 'waiting', retryMs };
}

interface Compared {
  readonly observed: Observed;
  readonly last: LastState;
  readonly started: StartedRequest;
}

/** Whether nothing is to be judged: same inputs, nothing near its age, nobody insists. */
function isJudged(deps: HandleDependencies, { observed, last, started }: Compared): boolean {
  const { evaluation } = last;
  if (evaluation === undefined || started.forced) return false;
  const at = new Date(started.startedAt);
  return (
    differingInputs(evaluation.versions, observed.versions).length === 0 &&
    overAge(evaluation.judgedAt, deps.limits, at, ageShare(observed.registry.repoId)).length === 0
  );
}

/** Ends where nothing is to be judged: settled, but where something failed, which only a write records and clears. */
async function endJudged(
  deps: HandleDependencies,
  prepared: Prepared,
  observed: Observed,
): Promise<Outcome | 'refused'> {
  const { last, job } = prepared;
  if (job.update.state === 'waits')
    return wait(deps, job, Math.min(job.update.retryMs, recheckInterval(deps.limits)));
  if (job.update.state === 'failed' || last.failedAttempts > 0)
    return evaluateAndWrite(deps, prepared, observed);
  const seen = seenBy(prepared, observed);
  await completeAsFresh(deps.sql, toKey(job.repoId, job.started), { host: deps.host, seen });
  return { end: 'fresh' };
}
