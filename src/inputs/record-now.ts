/** What is recorded of the versions of now: the observation of a host, and the text by which requests compare them. */
import { joinFingerprint, type Versions } from '../domain/fingerprint.js';
import { VERSIONED_KEYS } from '../domain/input.js';
import type { Observation } from '../store/hosts/record-observations.js';
import type { Now } from './now.js';

/** What a host records of what it found. @param seenAt the database's time before the probe, in ISO 8601 */
export function toObservationAt({ registry, fingerprint, bareHead }: Now, seenAt: string): Observation {
  const { repoId, claimedBy } = registry;
  return {
    ...{ repoId, claimedBy, fingerprint, seenAt },
    head: bareHead?.commit ?? null,
    headAt: bareHead?.committedAt ?? null,
  };
}

/** A text for these versions, unknown ones included: two requests with the same text have the same `wanted`. */
export function nameNow({ versions }: Pick<Now, 'versions'>): string {
  const entries = VERSIONED_KEYS.map((key) => {
    const one = versions[key];
    return [key, 'notVerified' in one ? `?${one.notVerified}` : one.version];
  });
  return joinFingerprint(Object.fromEntries(entries) as Versions);
}
