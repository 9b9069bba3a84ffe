/** Loads a value together with the version that it is of, again while the two do not agree. */
import { UNSTABLE } from '../../domain/fingerprint.js';

/** A value and the version of what it was read from. */
export interface Loaded<V> {
  readonly value: V;
  readonly version: string;
}

const ATTEMPTS = 5;
/** No attempt but the first begins later than this, in milliseconds: other repositories wait. */
const ATTEMPT_WITHIN_MS = 1000;

/**
 * Probes, reads, and probes again until nothing changed meanwhile, at most five times and not after the first second.
 * After that the version ends with the mark of what is not settled, which no probe produces, so that what rests on it
 * reads stale.
 * @param probe the input's version now
 * @param read the value, and whether all that it read had the version `probed`
 */
export function loadStable<V, P extends { readonly version: string }>(
  probe: () => P,
  read: (probed: P) => { readonly value: V; readonly agrees: boolean },
): Loaded<V> {
  const began = performance.now();
  for (let left = ATTEMPTS; ; left -= 1) {
    const probed = probe();
    const { value, agrees } = read(probed);
    const settled = agrees && probe().version === probed.version;
    if (settled || left <= 1 || performance.now() - began > ATTEMPT_WITHIN_MS)
      return { value, version: settled ? probed.version : probed.version + UNSTABLE };
  }
}
