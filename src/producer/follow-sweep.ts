/** Follows the requests of a sweep until they are complete. */

import type { Clock } from '../platform/clock.js';
import type { Sql } from '../platform/postgres/sql.js';
import type { Wake } from '../queue/waker.js';
import { countOpen } from '../store/requests/find-requests.js';
import { reportSweep, type SweepProgress } from '../store/sweeps.js';

export interface FollowDependencies {
  readonly sql: Sql;
  readonly clock: Clock;
  readonly host: string;
  /** The sweep does not wait for a host whose last heartbeat is longer ago than this, in milliseconds. */
  readonly observedLimitMs: number;
}

export interface Followed {
  readonly id: string;
  /** How far the sweep is when all requests have been added. */
  readonly progress: SweepProgress;
  /** The requests, with the hosts that are to handle them. */
  readonly requested: readonly Wake[];
}

const POLL_MS = 200;
/** A worker of this host that was started with the sweep may not have made a heartbeat within this time. */
const OWN_GRACE_MS = 15_000;
/** If no request ends for so long, in milliseconds, the sweep stops waiting. */
const STANDSTILL_MS = 900_000;

/**
 * Follows until all requests have ended, failed or not, and reports how far the sweep is, the end included. It does not
 * wait for requests of a silent host: it counts them, and they stay open.
 */
export async function followSweep(
  deps: FollowDependencies,
  { id, progress: { total, counts }, requested }: Followed,
  options: { readonly signal: AbortSignal; readonly onProgress: (progress: SweepProgress) => void },
): Promise<void> {
  const { sql, clock, observedLimitMs: limitMs } = deps;
  const began = clock.now();
  let moved = { at: began, open: Number.POSITIVE_INFINITY };
  for (;;) {
    const grace = clock.now() - began < OWN_GRACE_MS ? deps.host : null;
    const { open, away, failed, gone, held } = await countOpen(sql, requested, { limitMs, grace, sweep: id });
    const waiting = open + Object.values(away).reduce((sum, count) => sum + count, 0);
    const done = counts.probed - waiting - held;
    const progress = { total, done, counts: { ...counts, failed, gone, held, away } };
    options.onProgress(progress);
    await reportSweep(sql, id, progress);
    if (open !== moved.open) moved = { at: clock.now(), open };
    const isStill = clock.now() - moved.at > STANDSTILL_MS;
    if (open === 0 || isStill || options.signal.aborted) return;
    await clock.sleep(POLL_MS, options.signal);
  }
}
