/** Shows times and durations as people say them. */

const UNITS = [
  ['year', 31_557_600],
  ['month', 2_629_800],
  ['day', 86_400],
  ['hour', 3600],
  ['minute', 60],
] as const;

const words = new Intl.RelativeTimeFormat('en', { numeric: 'auto', style: 'short' });

/**
 * How long ago a time is: `3 min. ago`. Under a minute it is `just now`, so that the page does not count seconds. A time
 * in the future is `just now` too: every time shown is in the past, so only the clocks differ.
 */
export function sayRelative(time: string, now: number): string {
  const seconds = (Date.parse(time) - now) / 1000;
  for (const [unit, size] of UNITS) {
    if (-seconds >= size) return words.format(Math.trunc(seconds / size), unit);
  }
  return 'just now';
}

/** The exact time, in the reader's own time zone. */
export function sayExact(time: string): string {
  return new Date(time).toLocaleString('en', { dateStyle: 'medium', timeStyle: 'long' });
}

/** A duration: `120 ms`, `3.4 s`, `2 min`. */
export function sayDuration(ms: number): string {
  if (ms < 1000) return `${Math.round(ms)} ms`;
  return ms < 60_000 ? `${(ms / 1000).toFixed(1)} s` : `${Math.round(ms / 60_000)} min`;
}
