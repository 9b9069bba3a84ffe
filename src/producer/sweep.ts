/** The sweep: one full pass over all repositories, with a report; what it asks for, it follows to the end. */
import { ask } from '../cache/ask.js';
import { readDatabaseTime } from '../cache/beat-host.js';
import { readStoredStates } from '../cache/read-stored-states.js';
import { beginSweep, reportSweep, type SweepCounts, type SweepProgress } from '../cache/sweeps.js';
import { trimHistory } from '../cache/trim-history.js';
import { DoiError } from '../domain/errors.js';
import type { AgeLimits } from '../domain/freshness.js';
import { likelyHome } from '../domain/home.js';
import type { Ask, Priority } from '../domain/request.js';
import { probeRegistry } from '../inputs/probe/probe-registry.js';
import type { Clock } from '../platform/clock.js';
import type { Sql } from '../platform/sql.js';
import type { Wake } from '../queue/waker.js';
import { followSweep } from './follow-sweep.js';
import { type Look, type LookDependencies, lookAt } from './look.js';
import { planAsk } from './plan.js';

export interface SweepDependencies extends LookDependencies {
  readonly sql: Sql;
  readonly clock: Clock;
  readonly limits: AgeLimits;
  readonly historyDays: number;
  /** A host that was not heard of for so long is not waited for, in milliseconds. */
  readonly observedLimitMs: number;
  readonly wake: (wakes: readonly Wake[]) => Promise<void>;
}

export interface SweepOptions {
  readonly trigger: string;
  readonly priority: Priority;
  readonly forced: boolean;
  readonly signal: AbortSignal;
  readonly onProgress: (progress: SweepProgress) => void;
  /** Called where the wake-ups could not be sent. */
  readonly onWakeError?: (error: DoiError) => void;
}

/**
 * Sweeps: looks at every active repository, asks for what is stale or near its age, and waits until that has drained.
 * @returns the report; undefined where another sweep is under way
 */
export async function sweep(
  deps: SweepDependencies,
  options: SweepOptions,
): Promise<SweepProgress | undefined> {
  const id = await beginSweep(deps.sql, { trigger: options.trigger, host: deps.host });
  if (id === undefined) return undefined;
  const looks = await lookAt(deps, await probeRegistry(deps.sql), ({ repo, claimedBy }) =>
    claimedBy === null ? Object.hasOwn(repo.hostPaths, deps.host) : claimedBy === deps.host,
  );
  const asks = await planAll(deps, looks, options);
  const counts = countAsks(looks, asks);
  const wakes = toWakes(deps, looks, asks);
  await ask(deps.sql, asks);
  await wakeAll(deps, wakes, options);
  await trimHistory(deps.sql, deps.historyDays);
  const progress = await followSweep(deps, { id, total: looks.length, asked: wakes, counts }, options);
  await reportSweep(deps.sql, id, { ...progress, finished: true });
  return progress;
}

/** Without Redis the requests stand, and the watch of each host wakes them again. */
async function wakeAll(
  deps: SweepDependencies,
  wakes: readonly Wake[],
  options: SweepOptions,
): Promise<void> {
  try {
    await deps.wake(wakes);
  } catch (error) {
    if (!(error instanceof DoiError) || error.code !== 'redis_unavailable') throw error;
    options.onWakeError?.(error);
  }
}

async function planAll(
  deps: SweepDependencies,
  looks: readonly Look[],
  options: SweepOptions,
): Promise<Ask[]> {
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

function countAsks(looks: readonly Look[], asks: readonly Ask[]): SweepCounts {
  const reasons: Record<string, number> = {};
  for (const { reason } of asks) reasons[reason] = (reasons[reason] ?? 0) + 1;
  return {
    probed: looks.length,
    fresh: looks.length - asks.length,
    asked: asks.length,
    reasons,
    failed: 0,
    away: {},
  };
}

function toWakes(deps: SweepDependencies, looks: readonly Look[], asks: readonly Ask[]): Wake[] {
  const homes = new Map(
    looks.map(({ registry: { repoId, repo, claimedBy } }) => [
      repoId,
      likelyHome(repo, claimedBy, deps.host),
    ]),
  );
  return asks.map(({ repoId, priority }) => ({ repoId, priority, host: homes.get(repoId) ?? deps.host }));
}
