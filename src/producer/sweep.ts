/** The sweep: one full pass over all repositories, with a report; what it asks for, it follows to the end. */

import type { SweepAnswer } from '../domain/answers.js';
import { trimHistory, trimSweeps } from '../store/evaluations/history.js';
import { beginSweep, endSweep, keepSweep, readSweep } from '../store/sweeps.js';
import { type FollowDependencies, followSweep } from './follow-sweep.js';
import { type RequestStaleDeps, type RequestStaleOptions, requestStale } from './request-stale.js';

export interface SweepDependencies extends RequestStaleDeps, FollowDependencies {
  readonly historyDays: number;
}

export interface SweepOptions extends RequestStaleOptions {
  readonly trigger: string;
}

// A quarter of the lease, so that a try may fail.
const KEEP_MS = 15_000;

/**
 * Sweeps: looks at every active repository, asks for what is stale or near its age, and waits until that has drained.
 * However it ends, its row ends with it, as long as the database answers; else the lease runs out.
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
    // What broke is what counts. Where it was the database, this breaks as well, and the lease runs out.
    await endSweep(sql, id, 'lost').catch(() => {});
    throw error;
  }
  return readSweep(sql, id);
}

/** Keeps the lease during work that says nothing for long, as a look at file systems that hang. */
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
      // Where the database is away, the work meets the same.
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

/* Sweeps, or joins the sweep that is under way: two that begin at once do the work of one. */

export interface JoinOptions extends SweepOptions {
  /** Called where another sweep is under way, before it is followed. */
  readonly onJoin?: (other: SweepAnswer) => void;
}

export interface Swept {
  readonly sweep: SweepAnswer;
  /** Whether it was another process's sweep that was followed. */
  readonly joined: boolean;
}

const POLL_MS = 500;

/**
 * Sweeps; where another sweep is under way, follows that one to its end instead. One that is lost on its way is
 * replaced by one of its own. A forced sweep joins none, since that would leave kept what it is to judge anew: it waits,
 * and then sweeps.
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
