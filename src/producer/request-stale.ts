/** The first half of a sweep: reads the versions of now of every active repository, and requests what is stale or near its age. */

import { DoiError } from '../domain/errors.js';
import { staleReasons } from '../domain/freshness.js';
import { likelyHome } from '../domain/home.js';
import type { NewRequest, Priority } from '../domain/request.js';
import type { KnownRepository, Now } from '../inputs/now.js';
import { type ReadNowDeps, readNow } from '../inputs/read-now.js';
import type { Sql } from '../platform/postgres/sql.js';
import type { Wake } from '../queue/waker.js';
import { readStoredStates } from '../store/evaluations/read-stored-states.js';
import { readObservationTimes } from '../store/hosts/future-times.js';
import { readDatabaseTime } from '../store/hosts/heartbeat.js';
import { probeRegistry } from '../store/repositories/probe-registry.js';
import { type AddedRequest, addRequests } from '../store/requests/add-requests.js';
import { NO_COUNTS, reportSweep, type SweepProgress } from '../store/sweeps.js';
import type { Followed } from './follow-sweep.js';
import { planRequest } from './plan.js';

export interface RequestStaleDeps extends ReadNowDeps {
  readonly sql: Sql;
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

// How many repositories are read between two reports of progress; workers begin with these while the next are read.
const CHUNK = 500;

/**
 * Reads all and requests. Where the signal aborts, the rest is not read; requests that were added stay.
 * @returns what the sweep is to follow
 */
export async function requestStale(
  deps: RequestStaleDeps,
  id: string,
  options: RequestStaleOptions,
): Promise<Followed> {
  const repositories = await probeRegistry(deps.sql);
  const wake = makeWake(deps, options);
  const requested: Wake[] = [];
  let progress: SweepProgress = { total: repositories.length, done: 0, counts: NO_COUNTS };
  options.onProgress(progress);
  await reportSweep(deps.sql, id, progress);
  for (let start = 0; start < repositories.length && !options.signal.aborted; start += CHUNK) {
    const chunk = await withTimes(deps, repositories.slice(start, start + CHUNK));
    const read = await readNow(deps, chunk, { isHere: (one) => isHere(one, deps.host) });
    const plan = await makePlan(deps, read, options);
    const wakes = toWakes(deps, read, plan.requests);
    await wake(atTheirPriority(wakes, await addRequests(deps.sql, plan.requests)));
    requested.push(...wakes);
    progress = addChunk(progress, { probed: read.length, ...plan });
    options.onProgress(progress);
    await reportSweep(deps.sql, id, progress);
  }
  return { id, progress, requested };
}

/** Whether this host claimed it, or, where no host has, the registry names this host. */
function isHere({ repo, claimedBy }: KnownRepository, host: string): boolean {
  return claimedBy === null ? Object.hasOwn(repo.hostPaths, host) : claimedBy === host;
}

/** Adds the times of other hosts' records, so that the sweep trusts them exactly as a reader does. */
async function withTimes(
  { sql, host }: RequestStaleDeps,
  repositories: readonly KnownRepository[],
): Promise<KnownRepository[]> {
  const others = repositories.filter((one) => !isHere(one, host)).map(({ repoId }) => repoId);
  // The records are read after their times: a record that was written in between is at least as recent.
  const times = await readObservationTimes(sql, others);
  const again = new Map((await probeRegistry(sql, others)).map((one) => [one.repoId, one]));
  return repositories.map((one) => {
    if (isHere(one, host)) return one;
    const known = again.get(one.repoId);
    return known === undefined ? one : { ...known, times: times.get(one.repoId) };
  });
}

/** Wakes the hosts. If Redis is away, the requests stay, and the watch of each host wakes for them. */
function makeWake(deps: RequestStaleDeps, options: RequestStaleOptions): RequestStaleDeps['wake'] {
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
  readonly requests: readonly NewRequest[];
  /** How many are fresh and need no request. */
  readonly fresh: number;
}

async function makePlan(
  { sql, release }: RequestStaleDeps,
  read: readonly Now[],
  { priority, forced }: RequestStaleOptions,
): Promise<Plan> {
  const states = await readStoredStates(
    sql,
    read.map(({ registry }) => registry.repoId),
  );
  // Read after the states: an earlier time would make a verdict written in between appear as if it lay in the future.
  const at = new Date(await readDatabaseTime(sql));
  const requests: NewRequest[] = [];
  let fresh = 0;
  for (const one of read) {
    const now = { ...one, at };
    const stored = states.get(now.registry.repoId) ?? null;
    const request = planRequest(now, stored, { release, priority, forced });
    if (request !== undefined) requests.push(request);
    else if (staleReasons(stored, now).length === 0) fresh += 1;
  }
  return { requests, fresh };
}

function addChunk(
  { total, done, counts }: SweepProgress,
  { probed, fresh, requests }: Plan & { readonly probed: number },
): SweepProgress {
  const reasons: Record<string, number> = { ...counts.reasons };
  for (const { reason } of requests) reasons[reason] = (reasons[reason] ?? 0) + 1;
  return {
    total,
    done: done + probed - requests.length,
    counts: {
      ...counts,
      probed: counts.probed + probed,
      fresh: counts.fresh + fresh,
      asked: counts.asked + requests.length,
      reasons,
    },
  };
}

function toWakes({ host }: RequestStaleDeps, read: readonly Now[], requests: readonly NewRequest[]): Wake[] {
  const homes = new Map(
    read.map(({ registry: { repoId, repo, claimedBy } }) => [repoId, likelyHome(repo, claimedBy, host)]),
  );
  return requests.map(({ repoId, priority }) => ({ repoId, priority, host: homes.get(repoId) ?? host }));
}

/** Takes over the priority where another trigger made a request more urgent: a person who waits goes before the sweep. */
function atTheirPriority(wakes: readonly Wake[], added: readonly AddedRequest[]): Wake[] {
  const priorities = new Map(added.map(({ repoId, priority }) => [repoId, priority]));
  return wakes.map((one) => ({ ...one, priority: priorities.get(one.repoId) ?? one.priority }));
}
