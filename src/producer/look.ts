/** Looks at repositories: their inputs' versions as this host can tell them. */

import type { ProbedVersion, ProbedVersions } from '../domain/freshness.js';
import { checkoutPath, homeHost } from '../domain/home.js';
import { type Release, releaseVersion } from '../domain/release.js';
import {
  assembleVersions,
  type HostVersions,
  hostNotVerified,
  hostVersionsOf,
} from '../inputs/probe/assemble-versions.js';
import { probeCheckerVersion } from '../inputs/probe/checker-version.js';
import type { CheckoutProber } from '../inputs/probe/checkout-prober.js';
import type { RegistryProbe } from '../inputs/probe/probe-registry.js';
import type { CheckerSettings } from '../platform/config.js';

export interface LookDependencies {
  readonly prober: CheckoutProber;
  readonly host: string;
  readonly checker: CheckerSettings;
  readonly searchPath: string;
  readonly release: Release;
  /** How long one checkout may take to answer, in milliseconds. */
  readonly probeTimeoutMs: number;
}

/** A repository as it was seen. */
export interface Look {
  readonly registry: RegistryProbe;
  readonly home: string | undefined;
  /** Whether this host looked at the checkout itself. */
  readonly local: boolean;
  readonly probed: ProbedVersions;
  /** Whether the checkout is a folder on this host; null where this host did not look. */
  readonly present: boolean | null;
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
  const checkouts = await deps.prober.probe(targets, { timeoutMs: deps.probeTimeoutMs });
  const criteria = releaseVersion(deps.release);
  return registries.map((registry) => {
    const home = homeHost(registry.repo, registry.claimedBy);
    const checkout = checkouts.get(registry.repoId);
    const host = toHostVersions(registry, checkout, checker);
    return {
      registry,
      home,
      local: checkout !== undefined,
      probed: assembleVersions(registry.versions, host, criteria),
      present:
        checkout === undefined || 'failed' in checkout || checkout.checkout === null
          ? null
          : checkout.checkout.state === 'present',
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
    return hostVersionsOf(registry.observed, 'its home host has not recorded what it sees.');
  if ('failed' in checkout) return hostNotVerified(checkout.failed);
  return { ...checkout.versions, checker };
}
