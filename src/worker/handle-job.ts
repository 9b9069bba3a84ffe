/** Handles one wake-up: from the request to the row, and what happens to the request whatever goes wrong. */
import { type LastState, readLastEvaluation } from '../cache/read-last-evaluation.js';
import { recordObservations } from '../cache/record-observations.js';
import { repairObservationSequence } from '../cache/repair-sequence.js';
import { delayRequest, putBackRequest, type StartedKey, settleRequest } from '../cache/settle-request.js';
import { type StartedRequest, startRequest } from '../cache/start-request.js';
import { writeEvaluation } from '../cache/write-evaluation.js';
import { DoiError } from '../domain/errors.js';
import { differingInputs, joinFingerprint, UNSETTLED } from '../domain/fingerprint.js';
import { overAge } from '../domain/freshness.js';
import { homeHost, mayClaim } from '../domain/home.js';
import { isNewerRelease } from '../domain/release.js';
import { ageShare, MAX_STARTS } from '../domain/request.js';
import { probeRegistry, type RegistryProbe } from '../inputs/probe/probe-registry.js';
import { describeFailure } from './describe-failure.js';
import { type BrokenEnd, type EndDependencies, endBroken, killedItsWorker, payBack } from './end-broken.js';
import { type EvaluateDependencies, evaluate } from './evaluate.js';
import { type Observed, observe } from './observe.js';
import { waitsUntil } from './quarantine.js';

export interface HandleDependencies extends EvaluateDependencies, EndDependencies {}

/** How handling a wake-up ended. */
export type Outcome =
  | { readonly end: 'nothing-asked' | 'not-mine' | 'gone' | 'older-release' | 'fresh' }
  | { readonly end: 'waiting'; readonly until: string }
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
  let registry: RegistryProbe | undefined;
  let started: StartedRequest | undefined;
  const sight: Sight = { fingerprint: null };
  try {
    for (let round = 0; round < MAX_ROUNDS; round += 1) {
      [registry] = await probeRegistry(deps.sql, [repoId]);
      if (registry !== undefined && !isMine(deps, registry))
        return handled(registry, started, { end: 'not-mine' });
      await payBack(deps, repoId);
      started = await startRequest(deps.sql, repoId);
      if (started === undefined) return handled(registry, started, { end: 'nothing-asked' });
      const outcome = await runStarted(deps, { repoId, started, signal, sight });
      if (outcome !== 'refused') return handled(registry, started, outcome);
      // The start is not to count: nothing broke.
      await putBackRequest(deps.sql, toKey(repoId, started));
    }
    // After a restore while workers run, every number may be older than what was written.
    await repairObservationSequence(deps.sql);
    throw new DoiError(
      'evaluation_broken',
      `Newer evaluations were written ${MAX_ROUNDS} times while this one ran.`,
      'See whether two workers of one host believe to be alone: is a clock or a lock broken?',
    );
  } catch (error) {
    const request = started && toKey(repoId, started);
    const broken = { repoId, request, signal, fingerprint: sight.fingerprint };
    return handled(registry, started, await endBroken(deps, broken, error));
  }
}

function toKey(repoId: string, { seq, startedAt, observation }: StartedRequest): StartedKey {
  return { repoId, seq, startedAt, observation };
}

function handled(
  registry: RegistryProbe | undefined,
  started: StartedRequest | undefined,
  outcome: Outcome,
): Handling {
  return { slug: registry?.slug, trigger: started?.reason, collapsed: started?.collapsed ?? {}, outcome };
}

function isMine({ host }: HandleDependencies, { repo, claimedBy }: RegistryProbe): boolean {
  const home = homeHost(repo, claimedBy);
  return home === host || (home === undefined && mayClaim(repo, host));
}

interface Job {
  readonly repoId: string;
  readonly started: StartedRequest;
  readonly signal: AbortSignal;
  readonly sight: Sight;
}

/** What was observed, kept for the case that what follows breaks; null before. */
interface Sight {
  fingerprint: string | null;
}

async function runStarted(deps: HandleDependencies, job: Job): Promise<Outcome | 'refused'> {
  const { sql } = deps;
  const { repoId, started } = job;
  const request = toKey(repoId, started);
  const began = deps.clock.now();
  // Read again: what was read before the start is older than the observation number.
  const [registry] = await probeRegistry(sql, [repoId]);
  if (registry === undefined || registry.status !== 'active') {
    await settleRequest(sql, request);
    return { end: 'gone' };
  }
  if (!isMine(deps, registry)) {
    // The registry moved it since it was first looked at.
    await putBackRequest(sql, request);
    return { end: 'not-mine' };
  }
  const last = await readLastEvaluation(sql, repoId);
  const { evaluation } = last;
  if (evaluation !== undefined && isNewerRelease(evaluation.versions.criteria, deps.release)) {
    await putBackRequest(sql, request);
    return { end: 'older-release' };
  }
  return observeAndEvaluate(deps, { ...job, registry, last, began });
}

interface Prepared extends Job {
  readonly registry: RegistryProbe;
  readonly last: LastState;
  readonly began: number;
}

async function observeAndEvaluate(deps: HandleDependencies, job: Prepared): Promise<Outcome | 'refused'> {
  const { registry, last, started, sight } = job;
  const untouched = waitsUntil(last.failed, started, null);
  if (untouched !== undefined) return delay(deps, job, untouched);
  // What ends its worker is looked at once more, so that an edit of it is noticed; or not, where the look does it.
  if (started.starts > MAX_STARTS + 1) throw killedItsWorker();
  const observed = await observe(deps, registry);
  sight.fingerprint = joinFingerprint(observed.versions);
  if (started.starts > MAX_STARTS) throw killedItsWorker();
  const until = waitsUntil(last.failed, started, sight.fingerprint);
  if (until !== undefined) return delay(deps, job, until);
  const outcome = isStillFresh(deps, { observed, last, started })
    ? await settleAsFresh(deps, job)
    : await evaluateAndWrite(deps, { ...job, observed });
  if (outcome !== 'refused') await confirm(deps, registry, { observed, started });
  return outcome;
}

async function delay({ sql }: HandleDependencies, job: Job, until: string): Promise<Outcome> {
  const wait = { retryAt: until, fingerprint: job.sight.fingerprint };
  await delayRequest(sql, toKey(job.repoId, job.started), wait);
  return { end: 'waiting', until };
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

async function settleAsFresh({ sql }: HandleDependencies, { repoId, started }: Job): Promise<Outcome> {
  await settleRequest(sql, toKey(repoId, started));
  return { end: 'fresh' };
}

interface EvaluatedJob extends Prepared {
  readonly observed: Observed;
}

async function evaluateAndWrite(deps: HandleDependencies, job: EvaluatedJob): Promise<Outcome | 'refused'> {
  const { repoId, started, signal, observed, last } = job;
  const { evaluation, checkerError } = await evaluate(deps, observed, {
    last: last.evaluation,
    forced: started.forced,
    at: new Date(started.startedAt),
    signal,
  });
  signal.throwIfAborted();
  const written = await writeEvaluation(deps.sql, {
    ...evaluation,
    request: toKey(repoId, started),
    trigger: started.reason,
    collapsed: started.collapsed,
    durationMs: deps.clock.now() - job.began,
    host: deps.host,
    failure:
      checkerError && describeFailure(checkerError, joinFingerprint(observed.versions), last.failedAttempts),
  });
  if (!written) return 'refused';
  if (checkerError !== undefined) return { end: 'failed', error: checkerError };
  const unsettled = Object.values(evaluation.versions).some((version) => version.endsWith(UNSETTLED));
  return { end: 'written', ran: evaluation.ran.length, kept: evaluation.kept.length, unsettled };
}

/** Records what was seen, so that processes that do not look themselves need not wait for the next watch. */
async function confirm(
  deps: HandleDependencies,
  { repoId, claimedBy }: RegistryProbe,
  { observed, started }: Pick<Compared, 'observed' | 'started'>,
): Promise<void> {
  // The database's time of the start: before the probe, and no clock of this host that may be set in between.
  const fingerprint = joinFingerprint(observed.versions);
  const seen = { repoId, claimedBy, fingerprint, seenAt: started.startedAt };
  await recordObservations(deps.sql, deps.host, [seen], true);
}
