/**
 * Decides at what time a home host's record last held: at the host's heartbeat if that covers the record, else when its
 * probe began.
 */
import type { Versions } from './fingerprint.js';
import { REGISTRY_KEYS, type RegistryKey } from './input.js';

/** Times in ISO 8601; those with microseconds are compared with each other. */
export interface ObservationTimes {
  /** The database's time after the others had been read. */
  readonly clock: string;
  /** When the probe that was recorded began. */
  readonly seen_at: string | null;
  /** When the observation was written, with microseconds. */
  readonly recorded_at: string | null;
  /** When the stored report that is compared with it was written, with microseconds; null where there is none. */
  readonly checked_exact: string | null;
  /** The host's heartbeat: when its last complete pass began. */
  readonly heartbeat: string | null;
  /** The same with microseconds. */
  readonly heartbeat_exact: string | null;
}

/**
 * The time at which the record last held, in ISO 8601; null where the host recorded nothing. The heartbeat covers a
 * record that was written before the pass began, if the row was written before that too; else only the record itself
 * counts, from when its probe began.
 */
export function observedAt(times: Omit<ObservationTimes, 'clock'>): string | null {
  return isCovered(times) && times.heartbeat !== null ? times.heartbeat : times.seen_at;
}

/**
 * Whether the record last held at most `limitMs` ago. A time in the future was written before the database's clock was
 * set back: its age is not known.
 */
export function isRecent(times: ObservationTimes, limitMs: number): boolean {
  const age = Date.parse(times.clock) - Date.parse(observedAt(times) ?? '');
  return age >= 0 && age <= limitMs;
}

function isCovered({
  heartbeat_exact: heartbeat,
  recorded_at: recorded,
  checked_exact: checked,
}: Omit<ObservationTimes, 'clock'>): boolean {
  return (
    heartbeat !== null &&
    recorded !== null &&
    recorded <= heartbeat &&
    (checked === null || checked <= heartbeat)
  );
}

/**
 * Whether a time of the host lies in the future: the database's clock was set back, and the process that finds that
 * voids all such times (`voidTimesAhead`), before the clock passes them and they are believed a second time.
 */
export function hasFutureTime({
  clock,
  heartbeat,
  seen_at: seenAt,
  recorded_at: recorded,
}: ObservationTimes): boolean {
  const now = Date.parse(clock);
  return [heartbeat, seenAt, recorded].some((time) => time !== null && Date.parse(time) > now);
}

/**
 * Whether the registry was the same when the host probed. Where it was not, and the stored row rests on the registry of
 * now, rows of the registry were restored: at the time of that probe they differed.
 * @param observed the versions that the host recorded
 */
export function isOfRegistry(observed: Versions, registry: Readonly<Record<RegistryKey, string>>): boolean {
  return REGISTRY_KEYS.every((key) => observed[key] === registry[key]);
}
