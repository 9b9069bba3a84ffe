/** The sweep: one round over all repositories, with a report; it follows its requests until they are complete. */

import type { SweepAnswer } from '../api/sweeps.js';
import { trimHistory } from '../store/evaluations/history.js';
import { beginSweep, endSweep, keepSweep, readSweep, trimSweeps } from '../store/sweeps.js';
import { type FollowDependencies, followSweep } from './follow-sweep.js';
import { type RequestStaleDeps, type RequestStaleOptions, requestStale } from './request-stale.js';

export interface SweepDependencies extends RequestStaleDeps, FollowDependencies {
  readonly historyDays: number;
}

export interface SweepOptions extends RequestStaleOptions {
  readonly trigger: string;
}

// A quarter of the lease, so that one attempt may fail.
const KEEP_MS = 15_000;

/**
 * Sweeps: reads the versions of now of every active repository, requests what is stale or near its age, and waits until
 * these requests are complete. However it ends, it ends its row, as long as the database answers; else the lease runs out.
 * @returns the report; undefined where another sweep is under way
 */
export async function sweep(
  deps: SweepDependencies,
  options: SweepOptions,
): Promise<SweepAnswer | undefined> {
  const { sql, host, historyDays } = deps;
  const id = await beginSweep(sql, { trigger: options.trigger, host });
  if (id === undefined) return undefined;
  try {
    const followed = await keepLease(deps, id, () => requestStale(deps, id, options));
    await trimHistory(sql, historyDays);
    await trimSweeps(sql, historyDays);
    await followSweep(deps, followed, options);
    await endSweep(sql, id, options.signal.aborted ? 'lost' : 'finished');
  } catch (error) {
    // The first error is the one to throw. Where it was the database's, this fails as well, and the lease runs out.
    await endSweep(sql, id, 'lost').catch(() => {});
    throw error;
  }
  return readSweep(sql, id);
}

/** Renews the lease during work that reports no progress for long, such as probing file systems that hang. */
async function keepLease<T>(
  { sql, clock }: Pick<SweepDependencies, 'sql' | 'clock'>,
  id: string,
  work: () => Promise<T>,
): Promise<T> {
  const ended = new AbortController();
  const keep = async () => {
    for (;;) {
      await clock.sleep(KEEP_MS, ended.signal);
      if (ended.signal.aborted) return;
      // This error need not be thrown: if the database is away, the work fails with the same one.
      await keepSweep(sql, id).catch(() => {});
    }
  };
  const kept = keep();
  try {
    return await work();
  } finally {
    ended.abort();
    await kept;
  }
}

export interface JoinOptions extends SweepOptions {
  /** Called where another sweep is under way, before this process follows it. */
  readonly onJoin?: (other: SweepAnswer) => void;
}

export interface Swept {
  readonly sweep: SweepAnswer;
  /** Whether this process followed the sweep of another one. */
  readonly joined: boolean;
}

const POLL_MS = 500;

/**
 * Sweeps; where another sweep is under way, follows that one to its end instead, so that two that begin at once do the
 * work of one. If the other one is lost, this process sweeps itself. A forced sweep waits for the other one and then sweeps
 * too, since the other one keeps verdicts that a forced sweep has to judge again.
 * @returns the report; where the signal aborts, how far it was
 */
export async function sweepOrJoin(deps: SweepDependencies, options: JoinOptions): Promise<Swept> {
  for (;;) {
    const own = await sweep(deps, options);
    if (own !== undefined) return { sweep: own, joined: false };
    const other = await followOther(deps, options);
    if (other === undefined) continue;
    const isDone = other.state === 'finished' && !options.forced;
    if (isDone || options.signal.aborted) return { sweep: other, joined: true };
  }
}

async function followOther(
  { sql, clock }: SweepDependencies,
  { onJoin, onProgress, signal }: JoinOptions,
): Promise<SweepAnswer | undefined> {
  let other = await readSweep(sql);
  if (other !== undefined) onJoin?.(other);
  while (other?.state === 'running' && !signal.aborted) {
    onProgress(other);
    await clock.sleep(POLL_MS, signal);
    other = await readSweep(sql, other.id);
  }
  return other;
}
