/** As of when what a home host recorded of a repository is known: what its last full look vouches for, and what not. */

import { parseFingerprint } from './fingerprint.js';
import { REGISTRY_KEYS, type RegistryKey } from './input.js';

/** Times in ISO 8601; those with microseconds are compared with each other. */
export interface ObservationTimes {
  /** The database's time when the others had been read. */
  readonly clock: string;
  /** When the record was seen, before it was probed. */
  readonly seen_at: string | null;
  /** When the record was written, with microseconds. */
  readonly recorded_at: string | null;
  /** When the row that is compared with it was written, with microseconds; null where there is none. */
  readonly checked_exact: string | null;
  /** When the host's last full look began. */
  readonly heartbeat: string | null;
  /** The same with microseconds. */
  readonly heartbeat_exact: string | null;
}

/** When what the home host recorded was last known to be so, in ISO 8601; null where it recorded nothing. */
export function observedAt(times: Omit<ObservationTimes, 'clock'>): string | null {
  return isVouchedFor(times) && times.heartbeat !== null ? times.heartbeat : times.seen_at;
}

/** Whether that was no longer ago than it may be. A time that is still to come is of a clock that was set back: nobody knows how old it is. */
export function isRecent(times: ObservationTimes, limitMs: number): boolean {
  const age = Date.parse(times.clock) - Date.parse(observedAt(times) ?? '');
  return age >= 0 && age <= limitMs;
}

function isVouchedFor({
  heartbeat_exact: beat,
  recorded_at: recorded,
  checked_exact: checked,
}: Omit<ObservationTimes, 'clock'>): boolean {
  return beat !== null && recorded !== null && recorded <= beat && (checked === null || checked <= beat);
}

/**
 * Whether the registry was the same when the host looked. Where it was not and the row is of the registry of now, rows of
 * the registry were restored: at the time of that look they differed.
 * @param observed the fingerprint that the host recorded
 */
export function isOfRegistry(
  observed: string | null,
  versions: Readonly<Record<RegistryKey, string>>,
): boolean {
  const seen = observed === null ? undefined : parseFingerprint(observed);
  return seen !== undefined && REGISTRY_KEYS.every((key) => seen[key] === versions[key]);
}
