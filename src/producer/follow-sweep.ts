/** Follows what a sweep asked for until it has ended. */
import { countOpen, reportSweep, type SweepCounts, type SweepProgress } from '../cache/sweeps.js';
import type { Clock } from '../platform/clock.js';
import type { Sql } from '../platform/sql.js';
import type { Wake } from '../queue/waker.js';

export interface FollowDependencies {
  readonly sql: Sql;
  readonly clock: Clock;
  readonly host: string;
  readonly observedLimitMs: number;
}

export interface Followed {
  readonly id: string;
  readonly total: number;
  /** What was asked for, with the host that is to do it. */
  readonly asked: readonly Wake[];
  readonly counts: SweepCounts;
}

const POLL_MS = 200;
/** A worker of this host that was started with the sweep has not been heard of yet. */
const OWN_GRACE_MS = 15_000;
/** With nothing ended for so long, nothing more is waited for. */
const STANDSTILL_MS = 900_000;

/**
 * Follows until all of it has ended, broken or not. What waits for a host that is not heard of is not waited for: it is
 * counted, and stays asked for.
 */
export async function followSweep(
  deps: FollowDependencies,
  { id, total, asked, counts }: Followed,
  options: { readonly signal: AbortSignal; readonly onProgress: (progress: SweepProgress) => void },
): Promise<SweepProgress> {
  const { sql, clock } = deps;
  const began = clock.now();
  let moved = { at: began, open: Number.POSITIVE_INFINITY };
  for (;;) {
    const grace = clock.now() - began < OWN_GRACE_MS ? deps.host : null;
    const { open, away, failed } = await countOpen(sql, asked, { limitMs: deps.observedLimitMs, grace });
    const waiting = open + Object.values(away).reduce((sum, count) => sum + count, 0);
    const progress = { total, done: total - waiting, counts: { ...counts, failed, away } };
    options.onProgress(progress);
    if (open !== moved.open) moved = { at: clock.now(), open };
    const isStill = clock.now() - moved.at > STANDSTILL_MS;
    if (open === 0 || isStill || options.signal.aborted) return progress;
    await reportSweep(sql, id, { ...progress, finished: false });
    await clock.sleep(POLL_MS, options.signal);
  }
}
