/** As of when a home host's observation is known to hold: which observations its last heartbeat covers. */

import { parseFingerprint } from './fingerprint.js';
import { REGISTRY_KEYS, type RegistryKey } from './input.js';

/** Times in ISO 8601; those with microseconds are compared with each other. */
export interface ObservationTimes {
  /** The database's time when the others had been read. */
  readonly clock: string;
  /** The time before the probe that made the observation. */
  readonly seen_at: string | null;
  /** When the observation was written, with microseconds. */
  readonly recorded_at: string | null;
  /** When the stored report that is compared with it was written, with microseconds; null where there is none. */
  readonly checked_exact: string | null;
  /** The host's last heartbeat: when its last complete pass began. */
  readonly heartbeat: string | null;
  /** The same with microseconds. */
  readonly heartbeat_exact: string | null;
}

/** When the observation was last known to hold, in ISO 8601; null where there is none. */
export function observedAt(times: Omit<ObservationTimes, 'clock'>): string | null {
  return isCovered(times) && times.heartbeat !== null ? times.heartbeat : times.seen_at;
}

/** Whether that was at most `limitMs` ago. A time in the future is of a clock that was set back, so its age is unknown. */
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
 * Whether the registry was the same when the host probed. If it was not, and the stored report matches the registry of now,
 * then rows of the registry were restored: at the time of the probe they differed.
 * @param observed the fingerprint that the host recorded
 */
export function isOfRegistry(
  observed: string | null,
  versions: Readonly<Record<RegistryKey, string>>,
): boolean {
  const seen = observed === null ? undefined : parseFingerprint(observed);
  return seen !== undefined && REGISTRY_KEYS.every((key) => seen[key] === versions[key]);
}
