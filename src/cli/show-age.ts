/** Shows how long ago something was. */

const UNITS = [
  ['d', 86_400_000],
  ['h', 3_600_000],
  ['min', 60_000],
  ['s', 1000],
] as const;

/** An age in its largest unit, such as `3 h`; `never` for null, `now` for less than a second and for the future. */
export function showAge(at: string | null, now: Date): string {
  if (at === null) return 'never';
  const age = now.getTime() - Date.parse(at);
  if (Number.isNaN(age)) return 'unknown';
  const unit = UNITS.find(([, ms]) => age >= ms);
  return unit === undefined ? 'now' : `${Math.floor(age / unit[1])} ${unit[0]}`;
}
