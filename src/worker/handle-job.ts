/** Handles one wake-up, step by step: from the request to the row, and what becomes of the request where a step throws. */
import { DoiError } from '../domain/errors.js';
import { differingInputs } from '../domain/fingerprint.js';
import { overAge } from '../domain/freshness.js';
import { homeHost, mayClaim } from '../domain/home.js';
import { isNewerRelease } from '../domain/release.js';
import { ageShare, MAX_STARTS, recheckInterval } from '../domain/request.js';
import { type CompleteNow, requireComplete } from '../inputs/complete-now.js';
import { readOneNow } from '../inputs/read-now.js';
import { repairObservationSequence } from '../store/evaluations/write-evaluation.js';
import type { RegistryProbe } from '../store/repositories/probe-registry.js';
import {
  completeAsFresh,
  completeRequest,
  deferRequest,
  requeueRequest,
} from '../store/requests/end-requests.js';
import { contactRemote, requireMirror } from './contact-remote.js';
import { evaluateAndWrite } from './evaluate-and-write.js';
import { endBroken, killedItsWorker, revertStarts, waitBeforeRetry } from './failure.js';
import {
  type EndedJob,
  type HandleDependencies,
  type Job,
  type PreparedJob,
  type ProbedJob,
  type StartedJob,
  toKey,
  toObservation,
  type UpdatedJob,
} from './job.js';
import type { Outcome } from './outcome.js';
import { pushToPull, type UpdateEnd, updateCheckout } from './update-checkout.js';

export type { HandleDependencies } from './job.js';
export type { Outcome } from './outcome.js';

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

/** How often a request is started again because a newer evaluation was written meanwhile. */
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
  const unknown = { started: undefined, slug: undefined, fingerprint: null } as const;
  let job: Job = { repoId, signal, round: 1, ...unknown, update: { state: 'none' } };
  for (;;) {
    const { outcome, slug, started, update } = await handleOnce(deps, job);
    if (outcome.end !== 'superseded') {
      const { reason: trigger, priority, collapsed = {} } = started ?? {};
      return { slug, trigger, priority, collapsed, update, outcome };
    }
    job = { ...job, round: job.round + 1, slug, update };
  }
}

async function handleOnce(deps: HandleDependencies, job: Job): Promise<EndedJob> {
  const started = await step(deps, job, start);
  const prepared = await step(deps, started, prepare);
  const reached = await step(deps, prepared, contactRemote);
  const probed = await step(deps, reached, probe);
  const updated = await step(deps, probed, update);
  const current = await step(deps, updated, probeAgain);
  return step(deps, current, judge);
}

/** Runs one step of a job that has not ended. If the step throws, the job ends with what earlier steps had found. */
async function step<From extends Job, To>(
  deps: HandleDependencies,
  job: From | EndedJob,
  run: (deps: HandleDependencies, job: From) => Promise<To | EndedJob>,
): Promise<To | EndedJob> {
  if ('outcome' in job) return job;
  try {
    return await run(deps, job);
  } catch (error) {
    const { repoId, signal, fingerprint, started } = job;
    const request = started && toKey({ repoId, started });
    return { ...job, outcome: await endBroken(deps, { repoId, signal, fingerprint, request }, error) };
  }
}

async function start(deps: HandleDependencies, job: Job): Promise<StartedJob | EndedJob> {
  await revertStarts(deps, job.repoId);
  const started = await deps.start(job.repoId);
  if (started === undefined) return { ...job, outcome: { end: 'nothing-asked' } };
  return { ...job, started, began: deps.clock.now() };
}

/** Reads what the database knows. Not before the start: what was read then could be older than the observation number. */
async function prepare(deps: HandleDependencies, job: StartedJob): Promise<PreparedJob | EndedJob> {
  const basis = await deps.basis(job.repoId);
  if (basis?.registry.status !== 'active') {
    await completeRequest(deps.sql, toKey(job));
    return { ...job, outcome: { end: 'gone' } };
  }
  const prepared = { ...job, ...basis, slug: basis.registry.slug };
  if (!isMine(deps, basis.registry)) return leave(deps, prepared, 'not-mine');
  if (isOfNewer(deps, prepared)) return leave(deps, prepared, 'older-release');
  return prepared;
}

/** Leaves the request to another worker. */
async function leave(
  { sql }: HandleDependencies,
  job: PreparedJob,
  end: 'not-mine' | 'older-release',
): Promise<EndedJob> {
  await requeueRequest(sql, toKey(job));
  return { ...job, outcome: { end } };
}

function isMine({ host }: HandleDependencies, { repo, claimedBy }: RegistryProbe): boolean {
  const home = homeHost(repo, claimedBy);
  return home === host || (home === undefined && mayClaim(repo, host));
}

function isOfNewer({ release }: HandleDependencies, { last: { evaluation } }: PreparedJob): boolean {
  if (evaluation === undefined) return false;
  return isNewerRelease({ criteria: evaluation.versions.criteria, build: evaluation.build }, release);
}

async function probe(deps: HandleDependencies, job: PreparedJob): Promise<ProbedJob | EndedJob> {
  const { last, started } = job;
  const retryMs = waitBeforeRetry(last.failed, started, null);
  if (retryMs !== undefined) return defer(deps, job, retryMs);
  // A repository that ended its worker is probed once more, so that an edit is noticed; not if the probe itself ended
  // the worker.
  if (started.starts > MAX_STARTS + 1) throw killedItsWorker();
  return withNow(
    job,
    await readCompleteNow(deps, { ...job.registry, pushed: pushToPull(deps, last) }, job.signal),
  );
}

async function update(deps: HandleDependencies, job: ProbedJob): Promise<UpdatedJob> {
  const end = await updateCheckout(deps, job);
  // An update of an earlier round counts for this evaluation too.
  const isKept = end.state === 'none' && job.update.state === 'updated';
  const isChanged = end.state === 'updated' || end.state === 'failed';
  return { ...job, update: isKept ? job.update : end, isChanged };
}

async function probeAgain(deps: HandleDependencies, job: UpdatedJob): Promise<ProbedJob> {
  return job.isChanged ? withNow(job, await readCompleteNow(deps, job.registry, job.signal)) : job;
}

/** @throws {DoiError} `probe_timed_out`, `file_unreadable`, `checker_missing`, `host_exhausted` */
async function readCompleteNow(
  deps: HandleDependencies,
  registry: CompleteNow['registry'],
  signal: AbortSignal,
): Promise<CompleteNow> {
  const head = registry.pushed !== undefined;
  const options = { isHere: () => true, stable: deps.clock, pathIdentity: true, head, signal };
  return requireComplete(await readOneNow(deps, registry, options));
}

function withNow(job: PreparedJob, now: CompleteNow): ProbedJob {
  return { ...job, now, fingerprint: now.fingerprint };
}

async function judge(deps: HandleDependencies, job: ProbedJob): Promise<EndedJob> {
  const { last, started, now } = job;
  await requireMirror(deps, job);
  const others = deps.lead?.compare({ registry: job.registry, checkout: now.known.checkout });
  if (others !== undefined) throw others;
  if (started.starts > MAX_STARTS) throw killedItsWorker();
  const retryMs = waitBeforeRetry(last.failed, started, job.fingerprint);
  if (retryMs !== undefined) return defer(deps, job, retryMs);
  if (!hasNothingToJudge(deps, job)) return write(deps, job);
  if (job.update.state === 'waits')
    return defer(deps, job, Math.min(job.update.retryMs, recheckInterval(deps.limits)));
  // Only a write records or clears a failure.
  if (job.update.state === 'failed' || last.failedAttempts > 0) return write(deps, job);
  await completeAsFresh(deps.sql, toKey(job), { host: deps.host, seen: toObservation(job) });
  return { ...job, outcome: { end: 'fresh' } };
}

/** Whether nothing is to be judged: no input differs, no verdict is near its age limit, and the request forces nothing. */
function hasNothingToJudge({ limits }: HandleDependencies, { last, started, now }: ProbedJob): boolean {
  const { evaluation } = last;
  if (evaluation === undefined || started.forced) return false;
  const at = new Date(started.startedAt);
  return (
    differingInputs(evaluation.versions, now.known).length === 0 &&
    overAge(evaluation.judgedAt, limits, at, ageShare(now.registry.repoId)).length === 0
  );
}

async function write(deps: HandleDependencies, job: ProbedJob): Promise<EndedJob> {
  const outcome = await evaluateAndWrite(deps, job);
  if (outcome.end !== 'superseded') return { ...job, outcome };
  // Nothing broke, so this start does not count as an attempt.
  await requeueRequest(deps.sql, toKey(job));
  if (job.round < MAX_ROUNDS) return { ...job, outcome };
  // If the database was restored while workers run, the sequence may lag behind the numbers in the rows.
  await repairObservationSequence(deps.sql);
  throw new DoiError(
    'evaluation_broken',
    `Newer evaluations were written ${MAX_ROUNDS} times while this one ran.`,
    'Check whether two processes judge this repository at once, and whether a clock was changed.',
  );
}

async function defer(deps: HandleDependencies, job: StartedJob, retryMs: number): Promise<EndedJob> {
  await deferRequest(deps.sql, toKey(job), { retryMs, fingerprint: job.fingerprint });
  return { ...job, outcome: { end: 'waiting', retryMs } };
}
