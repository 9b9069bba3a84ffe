/** The sweep: one full pass over all repositories, with a report; what it asks for, it follows to the end. */
import { ask } from '../cache/ask.js';
import { readStoredStates } from '../cache/read-stored-states.js';
import { beginSweep, countOpen, reportSweep, type SweepCounts } from '../cache/sweeps.js';
import { trimHistory } from '../cache/trim-history.js';
import type { AgeLimits } from '../domain/freshness.js';
import type { Ask, Priority } from '../domain/request.js';
import { probeRegistry } from '../inputs/probe/probe-registry.js';
import type { Clock } from '../platform/clock.js';
import type { Sql } from '../platform/sql.js';
import type { Wake } from '../queue/waker.js';
import { type Look, type LookDependencies, lookAt } from './look.js';
import { planAsk } from './plan.js';

export interface SweepDependencies extends LookDependencies {
  readonly sql: Sql;
  readonly clock: Clock;
  readonly limits: AgeLimits;
  readonly historyDays: number;
  readonly wake: (wakes: readonly Wake[]) => Promise<void>;
}

export interface SweepOptions {
  readonly trigger: string;
  readonly priority: Priority;
  readonly forced: boolean;
  readonly signal: AbortSignal;
  readonly onProgress: (progress: SweepProgress) => void;
}

export interface SweepProgress {
  readonly total: number;
  readonly done: number;
  readonly counts: SweepCounts;
}

const POLL_MS = 200;

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
  const askedIds = asks.map(({ repoId }) => repoId);
  await ask(deps.sql, asks);
  await deps.wake(toWakes(deps, looks, asks));
  await trimHistory(deps.sql, deps.historyDays);
  const progress = await follow(deps, { id, looks, askedIds, counts }, options);
  await reportSweep(deps.sql, id, { ...progress, finished: true });
  return progress;
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
  const settings = { limits, release, priority, forced, at: new Date(deps.clock.now()) };
  return looks.flatMap(({ registry: { repoId }, probed }) => {
    return planAsk({ repoId, stored: stored.get(repoId) ?? null, probed }, settings) ?? [];
  });
}

function countAsks(looks: readonly Look[], asks: readonly Ask[]): SweepCounts {
  const reasons: Record<string, number> = {};
  for (const { reason } of asks) reasons[reason] = (reasons[reason] ?? 0) + 1;
  return { probed: looks.length, fresh: looks.length - asks.length, asked: asks.length, reasons, failed: 0 };
}

function toWakes(deps: SweepDependencies, looks: readonly Look[], asks: readonly Ask[]): Wake[] {
  const homes = new Map(looks.map(({ registry, home }) => [registry.repoId, home ?? deps.host]));
  return asks.map(({ repoId, priority }) => ({ repoId, priority, host: homes.get(repoId) ?? deps.host }));
}

interface Followed {
  readonly id: string;
  readonly looks: readonly Look[];
  readonly askedIds: readonly string[];
  readonly counts: SweepCounts;
}

async function follow(
  { sql, clock }: SweepDependencies,
  { id, looks, askedIds, counts }: Followed,
  { signal, onProgress }: SweepOptions,
): Promise<SweepProgress> {
  const total = looks.length;
  for (;;) {
    const { open, failed } = await countOpen(sql, askedIds);
    const progress = { total, done: total - open, counts: { ...counts, failed } };
    onProgress(progress);
    if (open === 0 || signal.aborted) return progress;
    await reportSweep(sql, id, { ...progress, finished: false });
    await clock.sleep(POLL_MS, signal);
  }
}
