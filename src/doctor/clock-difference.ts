/** Measures how far a server's clock is from this host's, as exactly as the way to it and back allows. */
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
 * Asks a server for its time, a few times, and keeps the answer that came the fastest: it says the most.
 * @param ask the server's time, in milliseconds since the epoch
 */
export async function measureClock(
  clock: Pick<Clock, 'now'>,
  ask: () => Promise<number>,
): Promise<ClockDifference> {
  let best: ClockDifference | undefined;
  for (let tries = 0; tries < TRIES; tries += 1) {
    const sent = clock.now();
    const theirs = await ask();
    const answered = clock.now();
    const uncertaintyMs = Math.abs(answered - sent) / 2;
    if (best === undefined || uncertaintyMs < best.uncertaintyMs) {
      best = { ms: theirs - (sent + answered) / 2, uncertaintyMs };
    }
  }
  return best ?? { ms: 0, uncertaintyMs: 0 };
}

/** Judges a difference by what of it is certain. */
export function judgeClock(server: string, { ms, uncertaintyMs }: ClockDifference): Check {
  const certain = Math.max(0, Math.abs(ms) - uncertaintyMs);
  const side = ms < 0 ? 'behind' : 'ahead of';
  const found = `${showMs(Math.abs(ms))} ${side} this host's (± ${showMs(uncertaintyMs)}, half the round trip)`;
  if (certain <= NOTICEABLE_MS) return ok('clock', found);
  const remedy = `Set both clocks by NTP ("timedatectl status" tells): ages and sightings go by PostgreSQL's clock, file times and the nightly sweep by the host's.`;
  return certain <= CLOCK_TOLERANCE
    ? warning('clock', `${server}'s clock is ${found}.`, remedy)
    : problem(
        'clock',
        `${server}'s clock is ${found}: verdicts would be called too old, or fresh for too long.`,
        remedy,
      );
}

function showMs(ms: number): string {
  return ms < 1000 ? `${Math.ceil(ms)} ms` : `${(ms / 1000).toFixed(1)} s`;
}
