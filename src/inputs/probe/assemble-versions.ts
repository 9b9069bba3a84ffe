/** Puts the versions of all inputs together, from the registry, the checkout, the checker and the release. */
import { joinFingerprint, parseFingerprint, type Versions } from '../../domain/fingerprint.js';
import type { ProbedVersion, ProbedVersions } from '../../domain/freshness.js';
import {
  CHECKOUT_KEYS,
  type CheckoutKey,
  REGISTRY_KEYS,
  VERSIONED_KEYS,
  type VersionedKey,
} from '../../domain/input.js';
import type { RegistrySnapshot } from '../../store/repositories/registry-columns.js';

/** What is read on the home host. */
export type HostVersions = Readonly<Record<CheckoutKey | 'checker', ProbedVersion>>;

/** The versions of all inputs, or why one of them is not known. */
export function assembleVersions(
  registry: RegistrySnapshot['versions'],
  host: HostVersions,
  criteria: string,
): ProbedVersions {
  const probed: Partial<Record<VersionedKey, ProbedVersion>> = { ...host, criteria: { version: criteria } };
  for (const key of REGISTRY_KEYS) probed[key] = { version: registry[key] };
  return probed as ProbedVersions;
}

/** The host's part where none of it could be read. */
export function hostNotVerified(why: string): HostVersions {
  const entries = [...CHECKOUT_KEYS, 'checker' as const].map((key) => [key, { notVerified: why }]);
  return Object.fromEntries(entries) as HostVersions;
}

/** The host's part as the home host recorded it; not verified where it recorded none. */
export function hostVersionsOf(observed: string | null, whyNone: string): HostVersions {
  const versions = observed === null ? undefined : parseFingerprint(observed);
  if (versions === undefined) return hostNotVerified(whyNone);
  const entries = [...CHECKOUT_KEYS, 'checker' as const].map((key) => [key, { version: versions[key] }]);
  return Object.fromEntries(entries) as HostVersions;
}

/** All versions where every one is known. */
export function knownVersions(probed: ProbedVersions): Versions | undefined {
  const versions: Partial<Record<VersionedKey, string>> = {};
  for (const key of VERSIONED_KEYS) {
    const one = probed[key];
    if ('notVerified' in one) return undefined;
    versions[key] = one.version;
  }
  return versions as Versions;
}

/** Names a set of versions, known or not, so that equal sights ask for the same. */
export function nameSight(probed: ProbedVersions): string {
  const entries = VERSIONED_KEYS.map((key) => {
    const one = probed[key];
    return [key, 'notVerified' in one ? `?${one.notVerified}` : one.version];
  });
  return joinFingerprint(Object.fromEntries(entries) as Versions);
}
