/** Measures how far a server's clock differs from this host's, as exactly as the round trip allows. */
import { CLOCK_TOLERANCE } from '../domain/freshness.js';
import type { Clock } from '../platform/clock.js';
import { type Check, ok, problem, warning } from './check.js';

export interface ClockDifference {
  /** Positive where the server's clock is ahead, in milliseconds. */
  readonly ms: number;
  /** Half the round trip: the difference lies within this of `ms`. In milliseconds. */
  readonly uncertaintyMs: number;
}

const TRIES = 5;
const NOTICEABLE_MS = 1000;

/**
 * Reads a server's time a few times, and keeps the fastest answer, which is the most exact.
 * @param readTime reads the server's time, in milliseconds since the epoch
 */
export async function measureClock(
  clock: Pick<Clock, 'now'>,
  readTime: () => Promise<number>,
): Promise<ClockDifference> {
  let best: ClockDifference | undefined;
  for (let tries = 0; tries < TRIES; tries += 1) {
    const sent = clock.now();
    const theirs = await readTime();
    const answered = clock.now();
    const uncertaintyMs = Math.abs(answered - sent) / 2;
    if (best === undefined || uncertaintyMs < best.uncertaintyMs) {
      best = { ms: theirs - (sent + answered) / 2, uncertaintyMs };
    }
  }
  return best ?? { ms: 0, uncertaintyMs: 0 };
}

/** Judges the part of a difference that is certain. */
export function judgeClock(server: string, { ms, uncertaintyMs }: ClockDifference): Check {
  const certain = Math.max(0, Math.abs(ms) - uncertaintyMs);
  const side = ms < 0 ? 'behind' : 'ahead of';
  const found = `${showMs(Math.abs(ms))} ${side} this host's (± ${showMs(uncertaintyMs)}, half the round trip)`;
  if (certain <= NOTICEABLE_MS) return ok('clock', found);
  const remedy = `Set both clocks by NTP (see "timedatectl status"): ages and observations use PostgreSQL's clock, file times and the nightly sweep the host's.`;
  return certain <= CLOCK_TOLERANCE
    ? warning('clock', `${server}'s clock is ${found}.`, remedy)
    : problem(
        'clock',
        `${server}'s clock is ${found}: reports would be stale too early, or fresh for too long.`,
        remedy,
      );
}

function showMs(ms: number): string {
  return ms < 1000 ? `${Math.ceil(ms)} ms` : `${(ms / 1000).toFixed(1)} s`;
}
