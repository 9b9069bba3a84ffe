/** Looks at repositories: their inputs' versions as this host can tell them. */

import { joinFingerprint } from '../domain/fingerprint.js';
import type { ProbedVersion, ProbedVersions } from '../domain/freshness.js';
import { checkoutPath, homeHost } from '../domain/home.js';
import { type Release, releaseVersion } from '../domain/release.js';
import {
  assembleVersions,
  type HostVersions,
  hostNotVerified,
  hostVersionsOf,
  knownVersions,
} from '../inputs/probe/assemble-versions.js';
import { probeCheckerVersion } from '../inputs/probe/checker-version.js';
import type { CheckoutProber } from '../inputs/probe/checkout-prober.js';
import type { FoundFolders } from '../inputs/probe/find-folders.js';
import type { CheckerSettings } from '../platform/config.js';
import type { RegistryProbe } from '../store/repositories/probe-registry.js';

export interface LookDependencies {
  readonly prober: CheckoutProber;
  readonly host: string;
  readonly checker: CheckerSettings;
  readonly searchPath: string;
  readonly release: Release;
  /** How long one checkout may take to answer, in milliseconds. */
  readonly probeTimeoutMs: number;
  /** Whether to find the folders to ask for file system events. */
  readonly folders?: boolean;
}

/** A repository as it was seen. */
export interface Look {
  readonly registry: RegistryProbe;
  readonly home: string | undefined;
  /** Whether this host looked at the checkout itself. */
  readonly local: boolean;
  readonly probed: ProbedVersions;
  /** What was probed as one text; null where a part of it is not known. */
  readonly fingerprint: string | null;
  /** Whether the checkout is a folder on this host; null where this host did not look. */
  readonly present: boolean | null;
  /** Null where they were not asked for, or tell of no events. */
  readonly folders: FoundFolders | null;
  /** When an input of the checkout changed last, in milliseconds since the epoch; 0 where that is not known. */
  readonly changedAt: number;
  /** How long the probe of the checkout took, in milliseconds; 0 where this host did not look. */
  readonly tookMs: number;
}

/**
 * Looks at repositories. Those that this host may judge are probed here, all others are taken from what their home
 * hosts recorded.
 * @param mayJudge which ones to probe here
 */
export async function lookAt(
  deps: LookDependencies,
  registries: readonly RegistryProbe[],
  mayJudge: (registry: RegistryProbe) => boolean,
): Promise<Look[]> {
  const targets = registries.filter(mayJudge).map((registry) => ({
    id: registry.repoId,
    host: deps.host,
    path: checkoutPath(registry.repo, deps.host),
  }));
  const checker = probeCheckerVersion(deps.checker, deps.searchPath);
  const checkouts = await deps.prober.probe(targets, {
    timeoutMs: deps.probeTimeoutMs,
    folders: deps.folders === true,
  });
  const criteria = releaseVersion(deps.release);
  return registries.map((registry) => {
    const home = homeHost(registry.repo, registry.claimedBy);
    const checkout = checkouts.get(registry.repoId);
    const host = toHostVersions(registry, checkout, checker);
    const seen = checkout === undefined || 'failed' in checkout ? undefined : checkout;
    const probed = assembleVersions(registry.versions, host, criteria);
    const versions = knownVersions(probed);
    return {
      registry,
      home,
      local: checkout !== undefined,
      probed,
      fingerprint: versions === undefined ? null : joinFingerprint(versions),
      present: seen?.checkout ? seen.checkout.state === 'present' : null,
      folders: seen?.folders ?? null,
      changedAt: Math.max(0, ...Object.values(seen?.newestCtimes ?? {})),
      tookMs: checkout?.tookMs ?? 0,
    };
  });
}

type Checkout = Awaited<ReturnType<CheckoutProber['probe']>> extends Map<string, infer V> ? V : never;

function toHostVersions(
  registry: RegistryProbe,
  checkout: Checkout | undefined,
  checker: ProbedVersion,
): HostVersions {
  if (checkout === undefined)
    return hostVersionsOf(registry.observed, 'its home host has recorded nothing lately.');
  if ('failed' in checkout) return hostNotVerified(checkout.failed);
  return { ...checkout.versions, checker };
}
