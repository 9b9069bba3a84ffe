/** A worker's part in the nightly sweep: keeps the schedule in Redis, and sweeps when it takes the job. */

import type { SweepAnswer } from '../api/sweeps.js';
import { type DoiError, isHostProblem } from '../domain/errors.js';
import { PRIORITY } from '../domain/request.js';
import { endsWithin } from '../platform/process/ends-within.js';
import { type SweepDependencies, sweepOrJoin } from '../producer/sweep.js';
import type { Handled } from '../queue/consumer.js';
import { NightlySchedule } from '../queue/nightly-schedule.js';
import type { WorkerConnection } from '../queue/redis-connections.js';
import type { HostLead } from '../store/hosts/host-lead.js';
import { discoverNightly } from './discover-nightly.js';
import type { WorkerProcess } from './worker-process.js';

// How often the schedule is ensured: a Redis that was flushed has lost it, and reports nothing.
const ENSURE_MS = 60_000;
const RETRY_MS = 15_000;

/** Starts it; closing the scope stops it. It does not wait for Redis. */
export function startNightly(
  { config, log, scope, stop }: WorkerProcess,
  deps: SweepDependencies & { readonly lead?: Pick<HostLead, 'why'> },
  queue: { readonly redis: WorkerConnection; readonly prefix: string },
): void {
  const { nightly: pattern, timeZone } = config;
  const discover = () =>
    discoverNightly({ ...{ config, log, sql: deps.sql, wake: deps.wake }, signal: stop.signal });
  const sweep = () => sweepNightly({ log, stop, discover }, deps);
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

type NightlyProcess = Pick<WorkerProcess, 'log' | 'stop'> & {
  /** Runs before the sweep; never fails. */
  readonly discover?: () => Promise<void>;
};

/**
 * Sweeps, or follows the sweep that is under way. While the host has a problem, such as no database, the worker retries:
 * otherwise the next sweep would be a day later.
 */
export async function sweepNightly(
  { log, stop: { signal }, discover }: NightlyProcess,
  deps: SweepDependencies & { readonly lead?: Pick<HostLead, 'why'> },
): Promise<Handled> {
  const options = {
    ...{ trigger: 'nightly', priority: PRIORITY.nightly, forced: false, signal },
    onProgress: () => {},
    onJoin: ({ trigger, host }: SweepAnswer) =>
      log.info({ trigger, host }, 'another sweep is under way; this worker follows it'),
    onWakeError: (error: DoiError) =>
      log.warn({ error }, 'the sweep could not wake the hosts; the watch of each host finds the requests'),
  };
  if (deps.lead?.why !== undefined) {
    // This worker must judge nothing: it waits a while, so that another worker takes the job.
    await deps.clock.sleep(RETRY_MS, signal);
    return 'put-back';
  }
  await discover?.();
  while (!signal.aborted) {
    try {
      const { sweep, joined } = await sweepOrJoin(deps, options);
      log.info({ ...sweep, joined }, 'nightly sweep');
      if (sweep.state === 'finished' || !signal.aborted) return 'done';
    } catch (error) {
      if (!isHostProblem(error)) throw error;
      log.warn({ error }, 'the nightly sweep failed; the worker retries it');
      await deps.clock.sleep(RETRY_MS, signal);
    }
  }
  // This worker stops: another one takes the job.
  return 'put-back';
}
