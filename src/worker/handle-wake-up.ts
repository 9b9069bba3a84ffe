/** What a worker does with a wake-up besides handling it: logs it, reports the host's trouble, wakes who is concerned. */

import { likelyHome } from '../domain/home.js';
import { PRIORITY } from '../domain/request.js';
import type { Log } from '../platform/log.js';
import type { Handled } from '../queue/consumer.js';
import type { Wake, Waker } from '../queue/waker.js';
import { probeRegistry } from '../store/repositories/probe-registry.js';
import { addRequests } from '../store/requests/add-requests.js';
import { type HandleDependencies, handleJob, type Outcome } from './handle-job.js';
import type { HostPause } from './host-pause.js';

export interface WakeUpDependencies {
  readonly deps: HandleDependencies;
  readonly waker: Waker;
  readonly log: Log;
  readonly trouble: HostPause;
  /** Aborts when the worker stops: what is left to be woken then, the watch finds. */
  readonly stop?: AbortSignal | undefined;
  /** Is told how each wake-up ended, and how long it took, in milliseconds. */
  readonly onHandled?: (end: Outcome['end'], ms: number) => void;
}

/**
 * How much longer than its evaluation took a repository that was still changing then is left alone, and at most, in
 * milliseconds: others wait for what it takes. The next file system event ends that.
 */
const AGAIN_AFTER = { times: 4, mostMs: 10_000 };

/** Handles a wake-up taken from the queue; tells the queue what becomes of its job. */
export async function handleWakeUp(
  { deps, waker, log, trouble, stop, onHandled }: WakeUpDependencies,
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
    if (outcome.trouble !== undefined) trouble.report(outcome.trouble);
    return 'put-back';
  }
  try {
    if (outcome.end === 'not-mine')
      await wakeHome(deps, waker, { repoId, priority: priority ?? PRIORITY.watch });
    if (outcome.end === 'written' && outcome.unsettled)
      await askAgain({ deps, waker, log, stop }, repoId, ms);
  } catch (error) {
    // Nothing is lost by it: the watch finds the open request, or the row that is stale.
    log.warn({ error, slug }, 'a follow-up was not sent');
  }
  return 'done';
}

function logOutcome(log: Log, job: object, outcome: Outcome): void {
  if (outcome.end === 'failed') log.warn({ ...job, ...outcome }, 'evaluation failed');
  // That the checker is broken for everybody is said once, and not for each repository.
  else if (outcome.end === 'put-off') log.debug({ ...job, ...outcome }, 'evaluation put off');
  else if (outcome.end === 'put-back') log.info({ ...job, end: outcome.end }, 'evaluation put back');
  else log.info({ ...job, ...outcome }, 'evaluation ended');
}

/** The registry moved it to another host since it was asked for: that host's queue must have the job. */
async function wakeHome(
  { sql, host }: HandleDependencies,
  waker: Waker,
  wanted: Omit<Wake, 'host'>,
): Promise<void> {
  const [registry] = await probeRegistry(sql, [wanted.repoId]);
  const home = registry && likelyHome(registry.repo, registry.claimedBy, host);
  if (home !== undefined && home !== host) {
    await waker.wake([{ ...wanted, host: home }]);
  }
}

/** It was judged while it was still changing, and reads stale: judge it again when it has settled. */
async function askAgain(
  { deps, waker, log, stop }: Pick<WakeUpDependencies, 'deps' | 'waker' | 'log' | 'stop'>,
  repoId: string,
  tookMs: number,
): Promise<void> {
  const { sql, host, clock } = deps;
  const reason = 'an input was still changing';
  const [asked] = await addRequests(sql, [
    { repoId, reason, priority: PRIORITY.watch, forced: false, wanted: null },
  ]);
  if (asked === undefined) return;
  const wakeLater = async () => {
    await clock.sleep(Math.min(tookMs * AGAIN_AFTER.times, AGAIN_AFTER.mostMs), stop);
    if (!stop?.aborted) await waker.wake([{ repoId, host, priority: asked.priority }]);
  };
  // The job ends meanwhile. Nothing is lost where this fails: the watch finds the open request.
  wakeLater().catch((error: unknown) => log.warn({ error, repo_id: repoId }, 'a follow-up was not sent'));
}
