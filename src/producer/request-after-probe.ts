/** What follows from a look at some repositories of a host: what it saw is recorded, what changed is asked for. */

import { isPresentCheckout } from '../domain/checkout-version.js';
import { parseFingerprint } from '../domain/fingerprint.js';
import type { AgeLimits, JudgedState } from '../domain/freshness.js';
import { homeHost, mayClaim } from '../domain/home.js';
import { PRIORITY } from '../domain/request.js';
import type { Sql } from '../platform/postgres/sql.js';
import type { Wake } from '../queue/waker.js';
import { readStoredStates } from '../store/evaluations/read-stored-states.js';
import type { HostLead } from '../store/hosts/host-lead.js';
import { type Observation, recordObservations } from '../store/hosts/record-observations.js';
import { probeRegistry, type RegistryProbe } from '../store/repositories/probe-registry.js';
import { addRequests } from '../store/requests/add-requests.js';
import { type Look, type LookDependencies, lookAt } from './look.js';
import { planRequest } from './plan.js';

export interface FollowDependencies extends LookDependencies {
  /** Which worker leads this host, where there may be several. */
  readonly lead?: HostLead;
  readonly sql: Sql;
  readonly limits: AgeLimits;
}

export interface Followed {
  /** How many repositories this host looked at. */
  readonly looked: number;
  /** Those that it is to judge. */
  readonly mine: readonly Look[];
  /** The repositories whose records were found to differ, and were written anew. */
  readonly differing: readonly string[];
  /** The names of the databases that they were read from. */
  readonly readFrom: ReadonlySet<string>;
}

/**
 * Looks at those repositories that concern this host, records what it sees, and asks for what changed or is near its
 * age limit.
 * @param onAsked is handed the wakes of what was asked for, as soon as that is committed
 * @throws {DoiError} `database_unavailable`; what `onAsked` throws, after everything was recorded
 */
export async function probeAndRequest(
  deps: FollowDependencies,
  repoIds: readonly string[],
  onAsked: (wakes: readonly Wake[]) => Promise<void> | void,
): Promise<Followed> {
  const { sql, host, lead } = deps;
  if (lead?.isOlder) return { looked: 0, mine: [], differing: [], readFrom: new Set() };
  const known = await probeRegistry(sql, repoIds);
  const registries = known.filter((registry) => concerns(registry, host));
  const [all, stored] = await Promise.all([
    lookAt(deps, registries, () => true),
    readStoredStates(sql, repoIds),
  ]);
  const looks = all.filter(
    (look) => lead?.compare({ registry: look.registry, checkout: checkoutOf(look) }) === undefined,
  );
  const mine = looks.filter((look) => look.registry.status === 'active' && keeps(look, host));
  // Its beat vouches for all that it has claimed, so these are compared even where it is not to judge them now.
  const seen = new Set([...mine, ...looks.filter((look) => look.registry.claimedBy === host)]);
  const told = [...seen].filter((look) => !isRecorded(look, host));
  // Neither rests on the other; what fails is thrown when both have ended.
  const ends = await Promise.allSettled([
    recordObservations(sql, host, told.map(toObservation)),
    askForChanged(deps, mine, stored).then(onAsked),
  ]);
  for (const end of ends) if (end.status === 'rejected') throw end.reason;
  const differing = told.map(({ registry }) => registry.repoId);
  return {
    looked: looks.length,
    mine,
    differing,
    // None of them there: gone, or read from a database that does not have them.
    readFrom: new Set(known.length === 0 ? [''] : known.map((one) => one.incarnation)),
  };
}

function checkoutOf({ probed: { checkout } }: Look): string | undefined {
  return 'version' in checkout ? checkout.version : undefined;
}

/** Whether this host looks at a repository: those that it has claimed, its own, and those whose home has no checkout while this host may have. */
function concerns(registry: RegistryProbe, host: string): boolean {
  if (registry.claimedBy === host) return true;
  const home = homeHost(registry.repo, registry.claimedBy);
  if (home === undefined) return mayClaim(registry.repo, host);
  if (home === host) return true;
  return mayClaim(registry.repo, host) && !homeHasCheckout(registry);
}

/** Whether it stays or becomes this host's: a home that has no checkout gives way to a host that has. */
function keeps({ home, present }: Look, host: string): boolean {
  return home === host || home === undefined || present === true;
}

function homeHasCheckout({ observed }: RegistryProbe): boolean {
  const versions = observed === null ? undefined : parseFingerprint(observed);
  // Where the home has not said yet, it is left to say.
  return versions === undefined || isPresentCheckout(versions.checkout);
}

/**
 * Whether it would be recorded as it is recorded. The record was read before the look, and after all that a beat of it
 * can vouch for was committed: what was recorded since says for itself when it was seen.
 */
function isRecorded({ registry, fingerprint }: Look, host: string): boolean {
  return registry.claimedBy === host && registry.observed === fingerprint;
}

function toObservation({ registry, fingerprint }: Look): Observation {
  const { repoId, claimedBy, readAt: seenAt } = registry;
  return { repoId, claimedBy, fingerprint, seenAt };
}

async function askForChanged(
  { sql, host, limits, release }: FollowDependencies,
  looks: readonly Look[],
  stored: ReadonlyMap<string, JudgedState>,
): Promise<Wake[]> {
  const asks = looks.flatMap(({ registry: { repoId, readAt }, probed, fingerprint }) => {
    const settings = { limits, release, at: new Date(readAt), priority: PRIORITY.watch };
    return planRequest({ repoId, stored: stored.get(repoId) ?? null, probed, fingerprint }, settings) ?? [];
  });
  const asked = await addRequests(sql, asks);
  return asked.map(({ repoId, priority }) => ({ repoId, host, priority }));
}
