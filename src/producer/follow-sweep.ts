/** Follows what a sweep asked for until it has ended. */

import type { Clock } from '../platform/clock.js';
import type { Sql } from '../platform/postgres/sql.js';
import type { Wake } from '../queue/waker.js';
import { countOpen } from '../store/requests/find-requests.js';
import { reportSweep, type SweepProgress } from '../store/sweeps.js';

export interface FollowDependencies {
  readonly sql: Sql;
  readonly clock: Clock;
  readonly host: string;
  /** A host that was not heard of for so long is not waited for, in milliseconds. */
  readonly observedLimitMs: number;
}

export interface Followed {
  readonly id: string;
  /** How far it is when everything has been asked for. */
  readonly progress: SweepProgress;
  /** What was asked for, with the host that is to do it. */
  readonly asked: readonly Wake[];
}

const POLL_MS = 200;
/** A worker of this host that was started with the sweep has not been heard of yet. */
const OWN_GRACE_MS = 15_000;
/** With nothing ended for so long, nothing more is waited for. */
const STANDSTILL_MS = 900_000;

/**
 * Follows until all of it has ended, broken or not, and reports how far it is, the end included. What waits for a host
 * that is not heard of is not waited for: it is counted, and stays asked for.
 */
export async function followSweep(
  deps: FollowDependencies,
  { id, progress: { total, counts }, asked }: Followed,
  options: { readonly signal: AbortSignal; readonly onProgress: (progress: SweepProgress) => void },
): Promise<void> {
  const { sql, clock, observedLimitMs: limitMs } = deps;
  const began = clock.now();
  let moved = { at: began, open: Number.POSITIVE_INFINITY };
  for (;;) {
    const grace = clock.now() - began < OWN_GRACE_MS ? deps.host : null;
    const { open, away, failed, gone, held } = await countOpen(sql, asked, { limitMs, grace, sweep: id });
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
