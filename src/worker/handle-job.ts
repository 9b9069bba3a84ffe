/** Handles one wake-up: from the request to the row, and what happens to the request whatever goes wrong. */
import { type LastState, readLastEvaluation } from '../cache/read-last-evaluation.js';
import { recordFailure } from '../cache/record-failure.js';
import { recordObservations } from '../cache/record-observations.js';
import { putBackRequest, type StartedKey, settleRequest } from '../cache/settle-request.js';
import { type StartedRequest, startRequest } from '../cache/start-request.js';
import { writeEvaluation } from '../cache/write-evaluation.js';
import { DoiError, isHostTrouble } from '../domain/errors.js';
import { differingInputs, joinFingerprint, UNSETTLED } from '../domain/fingerprint.js';
import { overAge } from '../domain/freshness.js';
import { homeHost, mayClaim } from '../domain/home.js';
import { isNewerRelease } from '../domain/release.js';
import { AGE_SHARE, MAX_STARTS } from '../domain/request.js';
import { probeRegistry, type RegistryProbe } from '../inputs/probe/probe-registry.js';
import type { Sql } from '../platform/sql.js';
import { describeFailure } from './describe-failure.js';
import { type EvaluateDependencies, evaluate } from './evaluate.js';
import { type Observed, observe } from './observe.js';

export interface HandleDependencies extends EvaluateDependencies {
  readonly sql: Sql;
}

/** How handling a wake-up ended. */
export type Outcome =
  | { readonly end: 'nothing-asked' | 'not-mine' | 'gone' | 'older-release' | 'fresh' }
  | { readonly end: 'written'; readonly ran: number; readonly kept: number; readonly unsettled: boolean }
  | { readonly end: 'failed'; readonly error: DoiError }
  /** The job goes back to the queue. `trouble`: the host's, where it is that. */
  | { readonly end: 'put-back'; readonly trouble?: DoiError };

/** What was handled, for the log. */
export interface Handling {
  readonly slug: string | undefined;
  readonly trigger: string | undefined;
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
      started = await startRequest(deps.sql, repoId);
      if (started === undefined) return handled(registry, started, { end: 'nothing-asked' });
      const outcome = await runStarted(deps, { repoId, started, signal, sight });
      if (outcome !== 'refused') return handled(registry, started, outcome);
      // The start is not to count: nothing broke.
      await putBackRequest(deps.sql, toKey(repoId, started));
    }
    throw new DoiError(
      'evaluation_broken',
      `Newer evaluations were written ${MAX_ROUNDS} times while this one ran.`,
      'See whether two workers of one host believe to be alone: is a clock or a lock broken?',
    );
  } catch (error) {
    return handled(registry, started, await endBroken(deps, { repoId, started, signal, sight }, error));
  }
}

function toKey(repoId: string, { seq, startedAt }: StartedRequest): StartedKey {
  return { repoId, seq, startedAt };
}

function handled(
  registry: RegistryProbe | undefined,
  started: StartedRequest | undefined,
  outcome: Outcome,
): Handling {
  return { slug: registry?.slug, trigger: started?.reason, outcome };
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
  if (started.starts > MAX_STARTS) throw killedItsWorker();
  const observed = await observe(deps, registry);
  job.sight.fingerprint = joinFingerprint(observed.versions);
  const outcome = isStillFresh(deps, { observed, last, started })
    ? await settleAsFresh(deps, request)
    : await evaluateAndWrite(deps, { ...job, observed, last, began });
  if (outcome !== 'refused') await confirm(deps, registry, { observed, started, began });
  return outcome;
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
    overAge(evaluation.judgedAt, deps.limits, at, AGE_SHARE).length === 0
  );
}

async function settleAsFresh(
  deps: HandleDependencies,
  request: { repoId: string; seq: string },
): Promise<Outcome> {
  await settleRequest(deps.sql, request);
  return { end: 'fresh' };
}

interface EvaluatedJob extends Job, Compared {
  readonly began: number;
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
    observation: started.observation,
    trigger: started.reason,
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

interface Sighting {
  readonly observed: Observed;
  readonly started: StartedRequest;
  /** When the request had been started, by this host's clock. */
  readonly began: number;
}

/** Records what was seen, so that processes that do not look themselves need not wait for the next watch. */
async function confirm(
  deps: HandleDependencies,
  { repoId, claimedBy }: RegistryProbe,
  { observed, started, began }: Sighting,
): Promise<void> {
  // The database's clock is the one that hosts share: its time at the start, and how long after that the probe began.
  const elapsed = Math.max(observed.beganAt - began, 0);
  const seenAt = new Date(Date.parse(started.startedAt) + elapsed).toISOString();
  const seen = { repoId, claimedBy, fingerprint: joinFingerprint(observed.versions), seenAt };
  await recordObservations(deps.sql, deps.host, [seen], true);
}

interface BrokenJob extends Omit<Job, 'started'> {
  readonly started: StartedRequest | undefined;
}

/** Ends a wake-up that broke: put back where the host is to blame or the worker stops, else recorded. */
async function endBroken(deps: HandleDependencies, job: BrokenJob, thrown: unknown): Promise<Outcome> {
  const error = thrown instanceof DoiError ? thrown : unexpected(thrown);
  const isOthersFault = job.signal.aborted || isHostTrouble(error);
  try {
    if (job.started === undefined) return { end: 'put-back', trouble: error };
    const request = toKey(job.repoId, job.started);
    if (isOthersFault) {
      await putBackRequest(deps.sql, request);
    } else {
      const { failedAttempts } = await readLastEvaluation(deps.sql, job.repoId);
      await recordFailure(deps.sql, request, describeFailure(error, job.sight.fingerprint, failedAttempts));
      return { end: 'failed', error };
    }
  } catch (secondary) {
    // The request stays as it is, started: the job that is put back starts it again.
    const trouble = secondary instanceof DoiError ? secondary : unexpected(secondary);
    return { end: 'put-back', trouble };
  }
  return job.signal.aborted ? { end: 'put-back' } : { end: 'put-back', trouble: error };
}

function killedItsWorker(): DoiError {
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
