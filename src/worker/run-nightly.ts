/** A worker's part in the nightly sweep: keeps the schedule in place, and sweeps when its turn comes. */

import type { SweepAnswer } from '../api/sweeps.js';
import { type DoiError, isHostProblem } from '../domain/errors.js';
import { PRIORITY } from '../domain/request.js';
import { endsWithin } from '../platform/process/ends-within.js';
import { type SweepDependencies, sweepOrJoin } from '../producer/sweep.js';
import type { Handled } from '../queue/consumer.js';
import { NightlySchedule } from '../queue/nightly-schedule.js';
import type { WorkerConnection } from '../queue/redis-connections.js';
import type { HostLead } from '../store/hosts/host-lead.js';
import type { Process } from './worker-process.js';

// A Redis that was flushed has lost the schedule, and does not say so.
const ENSURE_MS = 60_000;
const TRY_AGAIN_MS = 15_000;

/** Starts it; closing the scope stops it. It does not wait for Redis. */
export function startNightly(
  { config, log, scope, stop }: Process,
  deps: SweepDependencies & { readonly lead?: Pick<HostLead, 'why'> },
  queue: { readonly redis: WorkerConnection; readonly prefix: string },
): void {
  const { nightly: pattern, timeZone } = config;
  const sweep = () => sweepNightly({ log, stop }, deps);
  const schedule = new NightlySchedule({ ...queue, pattern, timeZone, log, sweep });
  scope.add('nightly', schedule, (it) => it.close());
  const keep = async () => {
    while (!stop.signal.aborted) {
      await schedule.ensureOrLog();
      await deps.clock.sleep(ENSURE_MS, stop.signal);
    }
  };
  scope.add('schedule', keep(), async (it) => {
    stop.abort();
    await endsWithin(it, 1000);
  });
}

/**
 * Sweeps, or follows the sweep that is under way. While the host is in trouble, with its database away say, it is tried
 * again: given up, it would be a day until the next.
 */
export async function sweepNightly(
  { log, stop: { signal } }: Pick<Process, 'log' | 'stop'>,
  deps: SweepDependencies & { readonly lead?: Pick<HostLead, 'why'> },
): Promise<Handled> {
  const options = {
    ...{ trigger: 'nightly', priority: PRIORITY.nightly, forced: false, signal },
    onProgress: () => {},
    onJoin: ({ trigger, host }: SweepAnswer) =>
      log.info({ trigger, host }, 'another sweep is under way and is followed'),
    onWakeError: (error: DoiError) =>
      log.warn({ error }, 'the sweep woke nobody; the watch of each host will'),
  };
  if (deps.lead?.why !== undefined) {
    // This worker stands aside: the turn is another one's, which has some time to take it.
    await deps.clock.sleep(TRY_AGAIN_MS, signal);
    return 'put-back';
  }
  while (!signal.aborted) {
    try {
      const { sweep, joined } = await sweepOrJoin(deps, options);
      log.info({ ...sweep, joined }, 'nightly sweep');
      if (sweep.state === 'finished' || !signal.aborted) return 'done';
    } catch (error) {
      if (!isHostProblem(error)) throw error;
      log.warn({ error }, 'the nightly sweep broke and is tried again');
      await deps.clock.sleep(TRY_AGAIN_MS, signal);
    }
  }
  // Cut off by the stop of this worker, it is left to another one.
  return 'put-back';
}
