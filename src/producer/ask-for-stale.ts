/** The first half of a sweep: looks at every active repository, and asks for what is stale or near its age. */
import { type Asked, ask } from '../cache/ask.js';
import { readDatabaseTime } from '../cache/beat-host.js';
import { readStoredStates } from '../cache/read-stored-states.js';
import { NO_COUNTS, reportSweep, type SweepProgress } from '../cache/sweeps.js';
import { DoiError } from '../domain/errors.js';
import type { AgeLimits } from '../domain/freshness.js';
import { likelyHome } from '../domain/home.js';
import type { Ask, Priority } from '../domain/request.js';
import { probeRegistry, type RegistryProbe } from '../inputs/probe/probe-registry.js';
import type { Sql } from '../platform/sql.js';
import type { Wake } from '../queue/waker.js';
import type { Followed } from './follow-sweep.js';
import { type Look, type LookDependencies, lookAt } from './look.js';
import { planAsk } from './plan.js';

export interface AskDependencies extends LookDependencies {
  readonly sql: Sql;
  readonly limits: AgeLimits;
  readonly wake: (wakes: readonly Wake[]) => Promise<void>;
}

export interface AskOptions {
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
export async function askForStale(deps: AskDependencies, id: string, options: AskOptions): Promise<Followed> {
  const registries = await probeRegistry(deps.sql);
  const wake = makeWake(deps, options);
  const asked: Wake[] = [];
  let progress: SweepProgress = { total: registries.length, done: 0, counts: NO_COUNTS };
  options.onProgress(progress);
  await reportSweep(deps.sql, id, progress);
  for (let start = 0; start < registries.length && !options.signal.aborted; start += CHUNK) {
    const looks = await lookAt(deps, registries.slice(start, start + CHUNK), (one) => isHere(one, deps.host));
    const asks = await plan(deps, looks, options);
    const wakes = toWakes(deps, looks, asks);
    await wake(atTheirPriority(wakes, await ask(deps.sql, asks)));
    asked.push(...wakes);
    progress = addChunk(progress, looks.length, asks);
    options.onProgress(progress);
    await reportSweep(deps.sql, id, progress);
  }
  return { id, progress, asked };
}

function isHere({ repo, claimedBy }: RegistryProbe, host: string): boolean {
  return claimedBy === null ? Object.hasOwn(repo.hostPaths, host) : claimedBy === host;
}

/** Without Redis the requests stand, and the watch of each host wakes them again. */
function makeWake(deps: AskDependencies, options: AskOptions): AskDependencies['wake'] {
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

async function plan(deps: AskDependencies, looks: readonly Look[], options: AskOptions): Promise<Ask[]> {
  const stored = await readStoredStates(
    deps.sql,
    looks.map(({ registry }) => registry.repoId),
  );
  const { limits, release } = deps;
  const { priority, forced } = options;
  const settings = { limits, release, priority, forced, at: new Date(await readDatabaseTime(deps.sql)) };
  return looks.flatMap(({ registry: { repoId }, probed, fingerprint }) => {
    return planAsk({ repoId, stored: stored.get(repoId) ?? null, probed, fingerprint }, settings) ?? [];
  });
}

function addChunk(
  { total, done, counts }: SweepProgress,
  looked: number,
  asks: readonly Ask[],
): SweepProgress {
  const reasons: Record<string, number> = { ...counts.reasons };
  for (const { reason } of asks) reasons[reason] = (reasons[reason] ?? 0) + 1;
  const fresh = looked - asks.length;
  return {
    total,
    done: done + fresh,
    counts: {
      ...counts,
      probed: counts.probed + looked,
      fresh: counts.fresh + fresh,
      asked: counts.asked + asks.length,
      reasons,
    },
  };
}

function toWakes(deps: AskDependencies, looks: readonly Look[], asks: readonly Ask[]): Wake[] {
  const homes = new Map(
    looks.map(({ registry: { repoId, repo, claimedBy } }) => [
      repoId,
      likelyHome(repo, claimedBy, deps.host),
    ]),
  );
  return asks.map(({ repoId, priority }) => ({ repoId, priority, host: homes.get(repoId) ?? deps.host }));
}

/** Those of requests that others made more urgent go as these: a person who waits goes before the sweep. */
function atTheirPriority(wakes: readonly Wake[], asked: readonly Asked[]): Wake[] {
  const priorities = new Map(asked.map(({ repoId, priority }) => [repoId, priority]));
  return wakes.map((one) => ({ ...one, priority: priorities.get(one.repoId) ?? one.priority }));
}
