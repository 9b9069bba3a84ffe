/** The watch: passes of a host over all of its repositories, one after the other. */

import type { IsolationLevel } from '../domain/isolation.js';
import type { Now } from '../inputs/now.js';
import type { Clock } from '../platform/clock.js';
import type { Wake } from '../queue/waker.js';
import { voidTimesAhead } from '../store/hosts/future-times.js';
import { announceHost, awaitRecords, readDatabaseTime, recordHeartbeat } from '../store/hosts/heartbeat.js';
import { listForWatch } from '../store/repositories/probe-registry.js';
import { findDueRequests } from '../store/requests/find-requests.js';
import { type ProbeAndRequestDeps, probeAndRequest } from './request-after-probe.js';

export interface WatchDependencies extends ProbeAndRequestDeps {
  readonly clock: Clock;
  readonly capacity: number;
  readonly isolation: IsolationLevel;
  /** The folder in which this host keeps mirrors. */
  readonly mirrors?: string;
  readonly wake: (wakes: readonly Wake[]) => Promise<void>;
  /** Receives what each pass found, so that it notices what happens between two passes. */
  readonly observer?: WatchObserver;
}

/** Watches repositories between two passes. */
export interface WatchObserver {
  /** Takes repositories that this host is to judge, as a pass found them. */
  probed(mine: readonly Now[]): void;
  /** Takes the ids of all of them, at the end of a complete pass. */
  passed(repoIds: ReadonlySet<string>): Promise<void>;
}

export interface WatchPass {
  /** How many repositories this host probed. */
  readonly probed: number;
  readonly requested: number;
  /** Requests whose wake-up was perhaps lost, woken again. */
  readonly wokenAgain: number;
  /** Whether the database's clock was found to have been set back. */
  readonly isClockSetBack: boolean;
  /** False where the database was another one at the end, or records were restored: the pass then made no heartbeat. */
  readonly hasHeartbeat: boolean;
  /** Whether the checkouts that this worker probed are those that the lead recorded. */
  readonly agrees: boolean;
}

// A younger request still has its own wake-up on the way: a producer waits at most half of this for Redis.
const WAKE_AGAIN_MS = 1000;
/** How many repositories are probed together: few enough that the process answers in between. */
export const PAGE = 250;
// How many pages are handled at once: while the thread probes one, the statements of the others are under way.
const LANES = 3;

/**
 * Makes one pass: records what it finds, requests what changed or is near its age limit, wakes again for requests that
 * are due, and records the host's heartbeat.
 * @throws {DoiError} `database_unavailable`; `redis_unavailable` after everything was recorded
 */
export async function watchOnce(deps: WatchDependencies): Promise<WatchPass> {
  const { sql, host } = deps;
  const self = { host, version: deps.release.version, capacity: deps.capacity, isolation: deps.isolation };
  await announceHost(sql, { ...self, mirrors: deps.mirrors });
  await deps.lead?.take();
  const isClockSetBack = await voidTimesAhead(sql);
  const began = await readDatabaseTime(sql);
  // From here on, the pass reads everything that was recorded before it began, claims included.
  const mark = await awaitRecords(sql, host);
  const clock = performance.now();
  const list = await listForWatch(sql, host);
  const { probed, mine, wakes, failed, differing, readFrom } = await probePages(deps, list.repoIds);
  let agrees = false;
  let hasHeartbeat = false;
  // A pass that is not complete records no heartbeat, but still sends the wake-ups for what it has requested.
  const recordWhenComplete = async () => {
    agrees = failed === undefined && deps.lead?.agree() !== false;
    const isOne = [list.incarnation, ...readFrom].every((name) => name === mark?.incarnation);
    if (!agrees || mark === undefined || !isOne) return;
    const compared = { mark, differing, passMs: performance.now() - clock };
    hasHeartbeat = await recordHeartbeat(sql, { ...self, passBeganAt: began }, compared);
  };
  const [heartbeat] = await Promise.allSettled([recordWhenComplete()]);
  const due = await findDueRequests(sql, [...mine], WAKE_AGAIN_MS);
  const requested = new Set(wakes.map(({ repoId }) => repoId));
  const again = due.filter(({ repoId }) => !requested.has(repoId));
  const ends = await Promise.allSettled([
    deps.wake([...wakes, ...again.map(({ repoId, priority }) => ({ repoId, host, priority }))]),
    failed === undefined ? deps.observer?.passed(mine) : undefined,
  ]);
  for (const end of [failed, heartbeat, ...ends]) if (end?.status === 'rejected') throw end.reason;
  return {
    ...{ probed, agrees, hasHeartbeat, isClockSetBack },
    requested: requested.size,
    wokenAgain: again.length,
  };
}

interface Pages {
  probed: number;
  readonly mine: Set<string>;
  readonly wakes: Wake[];
  /** The repositories whose records were written again. */
  readonly differing: string[];
  /** The names of the databases that the records were read from; more than one during a switch to another server. */
  readonly readFrom: Set<string>;
  /** Why the pass is not complete. */
  failed: PromiseRejectedResult | undefined;
}

/** Probes page by page, so that neither memory nor the time in which nothing else runs grows with their number. */
async function probePages(deps: WatchDependencies, repoIds: readonly string[]): Promise<Pages> {
  const lists = { mine: new Set<string>(), wakes: [], differing: [], readFrom: new Set<string>() };
  const pages: Pages = { probed: 0, ...lists, failed: undefined };
  let next = 0;
  const walk = async () => {
    while (next < repoIds.length) {
      const page = repoIds.slice(next, next + PAGE);
      next += PAGE;
      await deps.lead?.keep();
      const { probed, mine, differing, readFrom } = await probeAndRequest(deps, page, (wakes) => {
        pages.wakes.push(...wakes);
      });
      pages.probed += probed;
      pages.differing.push(...differing);
      for (const name of readFrom) pages.readFrom.add(name);
      for (const { registry } of mine) pages.mine.add(registry.repoId);
      deps.observer?.probed(mine);
    }
  };
  const ends = await Promise.allSettled(Array.from({ length: LANES }, walk));
  pages.failed = ends.find((end) => end.status === 'rejected');
  return pages;
}

/** Makes passes until the signal aborts: one begins every `everyMs`, and they take at most a tenth of the time. */
export async function watchUntil(
  deps: WatchDependencies,
  options: {
    everyMs: number;
    signal: AbortSignal;
    onPass: (pass: WatchPass) => void;
    onError: (error: unknown) => void;
  },
): Promise<void> {
  const { signal, everyMs } = options;
  while (!signal.aborted) {
    const began = deps.clock.now();
    try {
      options.onPass(await watchOnce(deps));
    } catch (error) {
      options.onError(error);
    }
    const took = Math.max(deps.clock.now() - began, 0);
    await deps.clock.sleep(pauseAfter(took, everyMs), signal);
  }
}

/**
 * How long to pause after a pass, in milliseconds. Passes begin every `everyMs` and take at most a tenth of the time; but
 * the pause is never so long that this host would count as silent, which it does after twice `everyMs`.
 */
export function pauseAfter(took: number, everyMs: number): number {
  const wanted = Math.max(everyMs - took, took * 9);
  return Math.max(0, Math.min(wanted, 1.8 * everyMs - 2 * took));
}
