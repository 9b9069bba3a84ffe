/** The first half of a sweep: looks at every active repository, and asks for what is stale or near its age. */

import { DoiError } from '../domain/errors.js';
import { type AgeLimits, staleReasons } from '../domain/freshness.js';
import { homeHost, likelyHome } from '../domain/home.js';
import { isOfRegistry, isRecent } from '../domain/observation-times.js';
import type { NewRequest, Priority } from '../domain/request.js';
import type { Sql } from '../platform/postgres/sql.js';
import type { Wake } from '../queue/waker.js';
import { readStoredStates } from '../store/evaluations/read-stored-states.js';
import { readObservationTimes } from '../store/hosts/future-times.js';
import { readDatabaseTime } from '../store/hosts/heartbeat.js';
import { probeRegistry, type RegistryProbe } from '../store/repositories/probe-registry.js';
import { type AddedRequest, addRequests } from '../store/requests/add-requests.js';
import { NO_COUNTS, reportSweep, type SweepProgress } from '../store/sweeps.js';
import type { Followed } from './follow-sweep.js';
import { type Look, type LookDependencies, lookAt } from './look.js';
import { planRequest } from './plan.js';

export interface RequestStaleDependencies extends LookDependencies {
  readonly sql: Sql;
  readonly limits: AgeLimits;
  /** How old another host's observation may be, in milliseconds. */
  readonly observedLimitMs: number;
  readonly wake: (wakes: readonly Wake[]) => Promise<void>;
}

export interface RequestStaleOptions {
  readonly priority: Priority;
  readonly forced: boolean;
  readonly signal: AbortSignal;
  readonly onProgress: (progress: SweepProgress) => void;
  /** Called once, where the wake-ups could not be sent. */
  readonly onWakeError?: (error: DoiError) => void;
}

// So many are looked at between two reports; their evaluation begins while the next ones are looked at.
const CHUNK = 500;

/**
 * Looks at all and asks. Where the signal aborts, the rest is not looked at; what was asked for stays.
 * @returns what is to be followed
 */
export async function requestStale(
  deps: RequestStaleDependencies,
  id: string,
  options: RequestStaleOptions,
): Promise<Followed> {
  const registries = await probeRegistry(deps.sql);
  const wake = makeWake(deps, options);
  const asked: Wake[] = [];
  let progress: SweepProgress = { total: registries.length, done: 0, counts: NO_COUNTS };
  options.onProgress(progress);
  await reportSweep(deps.sql, id, progress);
  for (let start = 0; start < registries.length && !options.signal.aborted; start += CHUNK) {
    const chunk = await forgetSilent(deps, registries.slice(start, start + CHUNK));
    const looks = await lookAt(deps, chunk, (one) => isHere(one, deps.host));
    const { asks, fresh } = await plan(deps, looks, options);
    const wakes = toWakes(deps, looks, asks);
    await wake(atTheirPriority(wakes, await addRequests(deps.sql, asks)));
    asked.push(...wakes);
    progress = addChunk(progress, { looked: looks.length, fresh, asks });
    options.onProgress(progress);
    await reportSweep(deps.sql, id, progress);
  }
  return { id, progress, asked };
}

function isHere({ repo, claimedBy }: RegistryProbe, host: string): boolean {
  return claimedBy === null ? Object.hasOwn(repo.hostPaths, host) : claimedBy === host;
}

/** Leaves out what other hosts recorded and readers do not believe: of a host that is not heard of, or not the home any more. */
async function forgetSilent(
  { sql, host, observedLimitMs }: RequestStaleDependencies,
  registries: readonly RegistryProbe[],
): Promise<RegistryProbe[]> {
  const others = registries.filter((one) => !isHere(one, host)).map(({ repoId }) => repoId);
  // What is believed is read after its times: what was recorded in between is as good as that.
  const times = await readObservationTimes(sql, others);
  const now = new Map((await probeRegistry(sql, others)).map((one) => [one.repoId, one]));
  return registries.map((one) => {
    if (isHere(one, host)) return one;
    const known = now.get(one.repoId);
    const seen = times.get(one.repoId);
    const isBelieved =
      known !== undefined &&
      homeHost(known.repo, known.claimedBy) === known.claimedBy &&
      seen !== undefined &&
      isRecent(seen, observedLimitMs) &&
      isOfRegistry(known.observed, known.versions);
    return isBelieved ? known : { ...one, observed: null };
  });
}

/** Without Redis the requests stand, and the watch of each host wakes them again. */
function makeWake(
  deps: RequestStaleDependencies,
  options: RequestStaleOptions,
): RequestStaleDependencies['wake'] {
  let isAway = false;
  return async (wakes) => {
    if (isAway) return;
    try {
      await deps.wake(wakes);
    } catch (error) {
      if (!(error instanceof DoiError) || error.code !== 'redis_unavailable') throw error;
      isAway = true;
      options.onWakeError?.(error);
    }
  };
}

interface Plan {
  readonly asks: readonly NewRequest[];
  /** How many read fresh and are not asked for. */
  readonly fresh: number;
}

async function plan(
  deps: RequestStaleDependencies,
  looks: readonly Look[],
  options: RequestStaleOptions,
): Promise<Plan> {
  const states = await readStoredStates(
    deps.sql,
    looks.map(({ registry }) => registry.repoId),
  );
  const { limits, release } = deps;
  const { priority, forced } = options;
  const at = new Date(await readDatabaseTime(deps.sql));
  const settings = { limits, release, priority, forced, at };
  const asks: NewRequest[] = [];
  let fresh = 0;
  for (const { registry, probed, fingerprint } of looks) {
    const { repoId } = registry;
    const stored = states.get(repoId) ?? null;
    const wanted = planRequest({ repoId, stored, probed, fingerprint }, settings);
    if (wanted !== undefined) asks.push(wanted);
    else if (staleReasons(stored, probed, limits, at).length === 0) fresh += 1;
  }
  return { asks, fresh };
}

function addChunk(
  { total, done, counts }: SweepProgress,
  { looked, fresh, asks }: Plan & { readonly looked: number },
): SweepProgress {
  const reasons: Record<string, number> = { ...counts.reasons };
  for (const { reason } of asks) reasons[reason] = (reasons[reason] ?? 0) + 1;
  return {
    total,
    done: done + looked - asks.length,
    counts: {
      ...counts,
      probed: counts.probed + looked,
      fresh: counts.fresh + fresh,
      asked: counts.asked + asks.length,
      reasons,
    },
  };
}

function toWakes(
  deps: RequestStaleDependencies,
  looks: readonly Look[],
  asks: readonly NewRequest[],
): Wake[] {
  const homes = new Map(
    looks.map(({ registry: { repoId, repo, claimedBy } }) => [
      repoId,
      likelyHome(repo, claimedBy, deps.host),
    ]),
  );
  return asks.map(({ repoId, priority }) => ({ repoId, priority, host: homes.get(repoId) ?? deps.host }));
}

/** Those of requests that others made more urgent go as these: a person who waits goes before the sweep. */
function atTheirPriority(wakes: readonly Wake[], asked: readonly AddedRequest[]): Wake[] {
  const priorities = new Map(asked.map(({ repoId, priority }) => [repoId, priority]));
  return wakes.map((one) => ({ ...one, priority: priorities.get(one.repoId) ?? one.priority }));
}
