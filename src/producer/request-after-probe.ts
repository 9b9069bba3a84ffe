/** Probes repositories of a host, records what is new, and requests an evaluation of what changed. */
import { isPresentCheckout } from '../domain/checkout-version.js';
import { parseFingerprint } from '../domain/fingerprint.js';
import type { JudgedState } from '../domain/freshness.js';
import { homeHost, mayClaim } from '../domain/home.js';
import { PRIORITY } from '../domain/request.js';
import type { KnownRepository, Now } from '../inputs/now.js';
import { type ReadNowDeps, readNow } from '../inputs/read-now.js';
import { toObservationAt } from '../inputs/record-now.js';
import type { Sql } from '../platform/postgres/sql.js';
import type { Wake } from '../queue/waker.js';
import { readStoredStates } from '../store/evaluations/read-stored-states.js';
import type { HostLead } from '../store/hosts/host-lead.js';
import { type Observation, recordObservations } from '../store/hosts/record-observations.js';
import { probeRegistry } from '../store/repositories/probe-registry.js';
import { addRequests } from '../store/requests/add-requests.js';
import { planRequest } from './plan.js';

export interface ProbeAndRequestDeps extends ReadNowDeps {
  /** Which worker leads this host, where there may be several. */
  readonly lead?: HostLead;
  readonly sql: Sql;
  /** Whether to find the folders to watch for file system events. */
  readonly folders?: boolean;
}

export interface ProbedAndRequested {
  /** How many repositories this host probed. */
  readonly probed: number;
  /** The repositories that this host is to judge. */
  readonly mine: readonly Now[];
  /** The repositories whose records differed, and were therefore written again. */
  readonly differing: readonly string[];
  /** The names of the databases that the repositories were read from. */
  readonly readFrom: ReadonlySet<string>;
}

/**
 * Probes those of the repositories that concern this host, records what differs from the record, and requests an
 * evaluation of what changed or is near its age limit.
 * @param onRequested takes the wake-ups for the requests, as soon as these are committed
 * @throws {DoiError} `database_unavailable`; what `onRequested` throws, after everything was recorded
 */
export async function probeAndRequest(
  deps: ProbeAndRequestDeps,
  repoIds: readonly string[],
  onRequested: (wakes: readonly Wake[]) => Promise<void> | void,
): Promise<ProbedAndRequested> {
  const { sql, host, lead, folders = false } = deps;
  if (lead?.isOlder) return { probed: 0, mine: [], differing: [], readFrom: new Set() };
  const known = await probeRegistry(sql, repoIds);
  const concerned = known.filter((one) => concerns(one, host));
  const [all, stored] = await Promise.all([
    readNow(deps, concerned, { isHere: () => true, folders }),
    readStoredStates(sql, repoIds),
  ]);
  const probed = all.filter(
    ({ registry, versions: { checkout } }) =>
      lead?.compare({ registry, checkout: 'version' in checkout ? checkout.version : undefined }) ===
      undefined,
  );
  const mine = probed.filter((now) => now.registry.status === 'active' && keeps(now, host));
  // The heartbeat covers all repositories that this host has claimed: even those that it need not judge are compared.
  const compared = new Set([...mine, ...probed.filter(({ registry }) => registry.claimedBy === host)]);
  const changed = [...compared].filter((now) => !isRecorded(now, host));
  // The two writes are independent: both finish before an error of one is thrown.
  const ends = await Promise.allSettled([
    recordObservations(sql, host, changed.map(toObservation)),
    requestChanged(deps, mine, stored).then(onRequested),
  ]);
  for (const end of ends) if (end.status === 'rejected') throw end.reason;
  return {
    probed: probed.length,
    mine,
    differing: changed.map(({ registry }) => registry.repoId),
    // The empty name stands for a page none of whose repositories was found: they are gone, or another database was read.
    readFrom: new Set(known.length === 0 ? [''] : known.map((one) => one.incarnation)),
  };
}

/**
 * Whether this host probes a repository: it has claimed it, is its home, may claim it, or may have the checkout that the
 * home does not have.
 */
function concerns(known: KnownRepository, host: string): boolean {
  if (known.claimedBy === host) return true;
  const home = homeHost(known.repo, known.claimedBy);
  if (home === undefined) return mayClaim(known.repo, host);
  if (home === host) return true;
  return mayClaim(known.repo, host) && !homeHasCheckout(known);
}

/** Whether this host is or becomes the home: a home without a checkout gives way to a host that has one. */
function keeps({ home, probe }: Now, host: string): boolean {
  return home === host || home === undefined || probe?.checkout?.state === 'present';
}

function homeHasCheckout({ observed }: KnownRepository): boolean {
  const versions = observed === null ? undefined : parseFingerprint(observed);
  // Until the home has recorded whether it has a checkout, this host waits.
  return versions === undefined || isPresentCheckout(versions.checkout);
}

/**
 * Whether the stored observation already says exactly what was probed. It was read after `awaitRecords`, so it includes
 * every record that the coming heartbeat covers; a later record has its own time.
 */
function isRecorded({ registry, fingerprint, bareHead }: Now, host: string): boolean {
  const isOfHead = registry.observedHead === (bareHead?.commit ?? null);
  return registry.claimedBy === host && registry.observed === fingerprint && isOfHead;
}

function toObservation(now: Now): Observation {
  return toObservationAt(now, now.registry.readAt);
}

async function requestChanged(
  { sql, host, release }: ProbeAndRequestDeps,
  mine: readonly Now[],
  stored: ReadonlyMap<string, JudgedState>,
): Promise<Wake[]> {
  const requests = mine.flatMap(
    (now) =>
      planRequest(now, stored.get(now.registry.repoId) ?? null, { release, priority: PRIORITY.watch }) ?? [],
  );
  const added = await addRequests(sql, requests);
  return added.map(({ repoId, priority }) => ({ repoId, host, priority }));
}
