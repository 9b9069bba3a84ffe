/** Sweeps, or joins the sweep that is under way: two that begin at once do the work of one. */
import { readSweep } from '../cache/sweeps.js';
import type { SweepAnswer } from '../domain/answers.js';
import { type SweepDependencies, type SweepOptions, sweep } from './sweep.js';

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
