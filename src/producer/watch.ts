/** The watch: one look of a host at all of its repositories, and what follows from it. */
import { type Asked, ask } from '../cache/ask.js';
import { announceHost, awaitRecords, beatHost, readDatabaseTime } from '../cache/beat-host.js';
import { findDueRequests } from '../cache/open-requests.js';
import { readStoredStates } from '../cache/read-stored-states.js';
import { type Observation, recordObservations } from '../cache/record-observations.js';
import { isPresentCheckout } from '../domain/checkout-version.js';
import { joinFingerprint, parseFingerprint } from '../domain/fingerprint.js';
import type { AgeLimits } from '../domain/freshness.js';
import { homeHost, mayClaim } from '../domain/home.js';
import { PRIORITY } from '../domain/request.js';
import { knownVersions } from '../inputs/probe/assemble-versions.js';
import { probeForWatch, type RegistryProbe } from '../inputs/probe/probe-registry.js';
import type { Clock } from '../platform/clock.js';
import type { Sql } from '../platform/sql.js';
import type { Wake } from '../queue/waker.js';
import { type Look, type LookDependencies, lookAt } from './look.js';
import { planAsk } from './plan.js';

export interface WatchDependencies extends LookDependencies {
  readonly sql: Sql;
  readonly clock: Clock;
  readonly limits: AgeLimits;
  readonly capacity: number;
  readonly wake: (wakes: readonly Wake[]) => Promise<void>;
}

export interface WatchPass {
  /** How many repositories this host looked at. */
  readonly looked: number;
  readonly asked: number;
  /** Requests whose wake-up was perhaps lost, woken again. */
  readonly wokenAgain: number;
}

// A request that is younger has a wake-up on its way.
const WAKE_AGAIN_MS = 5000;

/**
 * Looks once: records what it sees, asks for what changed or is near its age limit, wakes again what is due, and says
 * that this host is alive.
 * @throws {DoiError} `database_unavailable`; `redis_unavailable` after everything was recorded
 */
export async function watchOnce(deps: WatchDependencies): Promise<WatchPass> {
  const { sql, host } = deps;
  const self = { host, version: deps.release.version, capacity: deps.capacity };
  await announceHost(sql, self);
  const began = await readDatabaseTime(sql);
  // What was recorded before this look began is to be compared with what it sees, claims included.
  await awaitRecords(sql, host);
  const registries = await probeForWatch(sql, host);
  const looks = await lookAt(
    deps,
    registries.filter((registry) => concerns(registry, host)),
    () => true,
  );
  const mine = looks.filter((look) => look.registry.status === 'active' && keeps(look, host));
  // Its beat vouches for all that it has claimed, so these are compared even where it is not to judge them now.
  const seen = [...new Set([...mine, ...looks.filter((look) => look.registry.claimedBy === host)])];
  await recordObservations(
    sql,
    host,
    seen.map((look) => toObservation(look, began)),
  );
  const asked = await askForChanged(deps, mine, new Date(began));
  await beatHost(sql, { ...self, lookBeganAt: began });
  const ids = mine.map((look) => look.registry.repoId);
  const due = await findDueRequests(sql, ids, WAKE_AGAIN_MS);
  const isAsked = new Set(asked.map(({ repoId }) => repoId));
  const again = due.filter(({ repoId }) => !isAsked.has(repoId));
  await deps.wake([...asked, ...again].map(({ repoId, priority }) => ({ repoId, host, priority })));
  return { looked: looks.length, asked: asked.length, wokenAgain: again.length };
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

function toObservation({ registry, probed }: Look, seenAt: string): Observation {
  const versions = knownVersions(probed);
  const fingerprint = versions === undefined ? null : joinFingerprint(versions);
  return { repoId: registry.repoId, claimedBy: registry.claimedBy, fingerprint, seenAt };
}

async function askForChanged(deps: WatchDependencies, looks: readonly Look[], at: Date): Promise<Asked[]> {
  const stored = await readStoredStates(
    deps.sql,
    looks.map((look) => look.registry.repoId),
  );
  const settings = {
    limits: deps.limits,
    at,
    release: deps.release,
    priority: PRIORITY.watch,
  };
  const asks = looks.flatMap(({ registry: { repoId }, probed }) => {
    return planAsk({ repoId, stored: stored.get(repoId) ?? null, probed }, settings) ?? [];
  });
  return ask(deps.sql, asks);
}

/** Watches until the signal aborts: every `everyMs`, and at most a tenth of the time. */
export async function watchUntil(
  deps: WatchDependencies,
  settings: {
    everyMs: number;
    signal: AbortSignal;
    onPass: (pass: WatchPass) => void;
    onError: (error: unknown) => void;
  },
): Promise<void> {
  const { signal, everyMs } = settings;
  while (!signal.aborted) {
    const began = deps.clock.now();
    try {
      settings.onPass(await watchOnce(deps));
    } catch (error) {
      settings.onError(error);
    }
    const took = Math.max(deps.clock.now() - began, 0);
    await deps.clock.sleep(pauseAfter(took, everyMs), signal);
  }
}

/**
 * How long to pause after a look, in milliseconds: so that looks begin every `everyMs` and take at most a tenth of the
 * time, but never so long that this host would be taken for silent, which it is after twice `everyMs`.
 */
export function pauseAfter(took: number, everyMs: number): number {
  const wanted = Math.max(everyMs - took, took * 9);
  return Math.max(0, Math.min(wanted, 1.8 * everyMs - 2 * took));
}
