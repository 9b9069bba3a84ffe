/** Handles a wake-up from the queue: logs how its job ended, reports a host problem, and sends the wake-ups that follow. */
import { PRIORITY } from '../domain/request.js';
import type { Log } from '../platform/log.js';
import type { Handled } from '../queue/consumer.js';
import type { Wake, Waker } from '../queue/waker.js';
import { findHomes } from '../store/repositories/find-homes.js';
import { addRequests } from '../store/requests/add-requests.js';
import { type HandleDependencies, handleJob } from './handle-job.js';
import type { HostPause } from './host-pause.js';
import type { Outcome } from './outcome.js';

export interface WakeUpDependencies {
  readonly deps: HandleDependencies;
  readonly waker: Waker;
  readonly log: Log;
  readonly pause: Pick<HostPause, 'report'>;
  /** Aborts when the worker stops. The watch finds the requests for which no wake-up is sent after that. */
  readonly stop?: AbortSignal | undefined;
  /** Receives how each wake-up ended, and how long it took, in milliseconds. */
  readonly onHandled?: (end: Outcome['end'], ms: number) => void;
}

/**
 * The pause before the worker judges a repository again that was still changing: so many times longer than its evaluation
 * took, and at most so many milliseconds, since others wait meanwhile. The next file system event ends it.
 */
const AGAIN_AFTER = { times: 4, mostMs: 10_000 };

/** @returns what becomes of the job in the queue */
export async function handleWakeUp(
  { deps, waker, log, pause, stop, onHandled }: WakeUpDependencies,
  repoId: string,
  signal: AbortSignal,
): Promise<Handled> {
  const began = performance.now();
  const { slug, trigger, priority, collapsed, update, outcome } = await handleJob(deps, repoId, signal);
  const ms = Math.round(performance.now() - began);
  onHandled?.(outcome.end, ms);
  const job = { repo_id: repoId, slug, trigger, collapsed, updated: update.state === 'updated', ms };
  if (update.state === 'failed')
    log.warn({ repo_id: repoId, slug, error: update.error }, 'the checkout was not brought up to date');
  logOutcome(log, job, outcome);
  if (outcome.end === 'put-back') {
    if (outcome.hostProblem !== undefined) pause.report(outcome.hostProblem);
    return 'put-back';
  }
  try {
    if (outcome.end === 'not-mine')
      await wakeHome(deps, waker, { repoId, priority: priority ?? PRIORITY.watch });
    if (outcome.end === 'written' && outcome.unsettled)
      await requestAgain({ deps, waker, log, stop }, repoId, ms);
  } catch (error) {
    // Nothing is lost: the watch finds the open request, or the row that is stale.
    log.warn({ error, slug }, 'a follow-up was not sent');
  }
  return 'done';
}

function logOutcome(log: Log, job: object, outcome: Outcome): void {
  if (outcome.end === 'failed') log.warn({ ...job, ...outcome }, 'evaluation failed');
  // A checker that is broken for every repository is logged once elsewhere, and not again for each repository.
  else if (outcome.end === 'put-off') log.debug({ ...job, ...outcome }, 'evaluation deferred');
  else if (outcome.end === 'put-back') log.info({ ...job, end: outcome.end }, 'job requeued');
  else log.info({ ...job, ...outcome }, 'evaluation ended');
}

/** Wakes the other host to which the registry has moved the repository since the request. */
async function wakeHome(
  { sql, host }: HandleDependencies,
  waker: Waker,
  toWake: Omit<Wake, 'host'>,
): Promise<void> {
  const [home] = await findHomes(sql, { repoIds: [toWake.repoId] }, host);
  if (home !== undefined && home.host !== host) await waker.wake([{ ...toWake, host: home.host }]);
}

/** Requests a repository again that was judged while it was still changing, so that it reads stale; wakes after a pause. */
async function requestAgain(
  { deps, waker, log, stop }: Pick<WakeUpDependencies, 'deps' | 'waker' | 'log' | 'stop'>,
  repoId: string,
  tookMs: number,
): Promise<void> {
  const { sql, host, clock } = deps;
  const reason = 'an input was still changing';
  const [added] = await addRequests(sql, [
    { repoId, reason, priority: PRIORITY.watch, forced: false, wanted: null },
  ]);
  if (added === undefined) return;
  const wakeLater = async () => {
    await clock.sleep(Math.min(tookMs * AGAIN_AFTER.times, AGAIN_AFTER.mostMs), stop);
    if (!stop?.aborted) await waker.wake([{ repoId, host, priority: added.priority }]);
  };
  // The job does not wait for this. If it fails, nothing is lost: the watch finds the open request.
  wakeLater().catch((error: unknown) => log.warn({ error, repo_id: repoId }, 'a follow-up was not sent'));
}
