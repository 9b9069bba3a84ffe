/** Observes a repository on its home host: the settled versions of all its inputs. */

import type { Owner } from '../checkout/resolve-root.js';
import { DoiError } from '../domain/errors.js';
import type { Versions } from '../domain/fingerprint.js';
import type { PushedCommit } from '../domain/git-remote.js';
import { checkoutPath } from '../domain/home.js';
import type { CheckoutKey, CheckoutValue } from '../domain/input.js';
import { type Release, releaseVersion } from '../domain/release.js';
import { checkerPathIdentity, probeChecker } from '../inputs/probe/checker-version.js';
import type { CheckoutProber } from '../inputs/probe/checkout-prober.js';
import type { CheckoutProbe, CheckoutTarget } from '../inputs/probe/probe-checkout.js';
import { probeStable } from '../inputs/probe/stable-probe.js';
import type { Clock } from '../platform/clock.js';
import type { CheckerSettings } from '../platform/config.js';
import type { RegistrySnapshot } from '../store/repositories/registry-columns.js';

export interface ObserveDependencies {
  readonly prober: CheckoutProber;
  readonly clock: Clock;
  readonly host: string;
  readonly checker: CheckerSettings;
  readonly searchPath: string;
  readonly release: Release;
  readonly probeTimeoutMs: number;
}

/** A repository as observed; every version is known. */
export interface Observed {
  readonly registry: RegistrySnapshot;
  readonly target: CheckoutTarget;
  readonly versions: Versions;
  /** Inputs that changed so shortly before that a later change might not show in their versions. */
  readonly unsettled: ReadonlySet<CheckoutKey>;
  readonly checkout: CheckoutValue;
  /** Of the checkout's folder; null where none is there. */
  readonly owner: Owner | null;
  readonly hasGit: boolean;
  readonly isEmpty: boolean;
  /** Whether what was pushed is not checked out; null where that is not known or was not asked. */
  readonly behind: boolean | null;
  /** The ways to the checkout and to the checker, by which it shows where another stood for one of them. */
  readonly trails: Trails;
}

interface Trails {
  readonly checkout: string | null;
  readonly checker: string;
}

/**
 * Observes a repository.
 * @param pushed what to compare its head with
 * @throws {DoiError} `probe_timed_out`, `file_unreadable`, `checker_missing`, `host_exhausted`
 */
export async function observe(
  deps: ObserveDependencies,
  registry: RegistrySnapshot,
  pushed?: PushedCommit,
): Promise<Observed> {
  const target = { id: registry.repoId, host: deps.host, path: checkoutPath(registry.repo, deps.host) };
  const { probe, unsettled } = await probeStable(() => probeOnce(deps, { ...target, pushed }), deps.clock);
  const checker = probeChecker(deps.checker, deps.searchPath);
  const { checkout } = probe;
  const broken = Object.values(probe.versions).find((version) => 'notVerified' in version);
  if (checkout === null || broken !== undefined) throw unreadable(broken);
  return {
    registry,
    target,
    versions: {
      ...registry.versions,
      ...knownCheckout(probe),
      checker: checker.version,
      criteria: releaseVersion(deps.release),
    },
    unsettled,
    checkout,
    owner: probe.owner,
    hasGit: probe.hasGit,
    isEmpty: probe.isEmpty,
    behind: probe.head?.behind ?? null,
    trails: { checkout: probe.trail, checker: checkerPathIdentity(checker) },
  };
}

/** Whether a checkout is known to lack what was pushed. */
export async function lacksPush(deps: ObserveDependencies, target: CheckoutTarget): Promise<boolean> {
  return (await probeOnce(deps, target)).head?.behind === true;
}

/**
 * Whether the folder that the checker read, and the checker, are still what was observed before it ran, and were so all
 * the time: what was put away and put back has its version, but not its trail.
 */
export async function checkedWhatWasObserved(deps: ObserveDependencies, before: Observed): Promise<boolean> {
  const probe = await probeOnce(deps, before.target);
  const { workplans, checkout } = probe.versions;
  const checker = probeChecker(deps.checker, deps.searchPath);
  return (
    'version' in workplans &&
    workplans.version === before.versions.workplans &&
    'version' in checkout &&
    checkout.version === before.versions.checkout &&
    checker.version === before.versions.checker &&
    probe.trail === before.trails.checkout &&
    checkerPathIdentity(checker) === before.trails.checker
  );
}

async function probeOnce(deps: ObserveDependencies, target: CheckoutTarget): Promise<CheckoutProbe> {
  const options = { timeoutMs: deps.probeTimeoutMs, head: target.pushed !== undefined, trail: true };
  const outcome = (await deps.prober.probe([target], options)).get(target.id);
  if (outcome !== undefined && !('failed' in outcome)) return outcome;
  const found = outcome?.failed ?? 'The checkout was not probed.';
  throw new DoiError(outcome?.code ?? 'internal', found, 'Check that its file system answers.', {
    cause: outcome?.cause,
  });
}

function knownCheckout(probe: CheckoutProbe): Record<CheckoutKey, string> {
  const entries = Object.entries(probe.versions).map(([key, one]) => [
    key,
    'version' in one ? one.version : '',
  ]);
  return Object.fromEntries(entries) as Record<CheckoutKey, string>;
}

function unreadable(broken: CheckoutProbe['versions'][CheckoutKey] | undefined): DoiError {
  const remedy = 'Let the user that runs the worker read the checkout.';
  if (broken === undefined || 'version' in broken) {
    return new DoiError('file_unreadable', 'The checkout could not be looked at.', remedy);
  }
  return new DoiError(broken.code, broken.notVerified, remedy);
}
