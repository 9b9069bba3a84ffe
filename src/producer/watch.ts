/** The watch: one look of a host at all of its repositories, again and again. */

import type { IsolationLevel } from '../domain/isolation.js';
import type { Clock } from '../platform/clock.js';
import type { Wake } from '../queue/waker.js';
import { voidTimesAhead } from '../store/hosts/future-times.js';
import { announceHost, awaitRecords, readDatabaseTime, recordHeartbeat } from '../store/hosts/heartbeat.js';
import { listForWatch } from '../store/repositories/probe-registry.js';
import { findDueRequests } from '../store/requests/find-requests.js';
import type { Look } from './look.js';
import { type FollowDependencies, probeAndRequest } from './request-after-probe.js';

export interface WatchDependencies extends FollowDependencies {
  readonly clock: Clock;
  readonly capacity: number;
  readonly isolation: IsolationLevel;
  readonly wake: (wakes: readonly Wake[]) => Promise<void>;
  /** Is told of each look, so that it notices what happens between two. */
  readonly lookout?: WatchObserver;
}

/** Who keeps an eye on repositories between two looks. */
export interface WatchObserver {
  /** These are this host's to judge, and were found like this. */
  saw(looks: readonly Look[]): void;
  /** These are all of them. */
  sawAll(repoIds: ReadonlySet<string>): Promise<void>;
}

export interface WatchPass {
  /** How many repositories this host looked at. */
  readonly looked: number;
  readonly asked: number;
  /** Requests whose wake-up was perhaps lost, woken again. */
  readonly wokenAgain: number;
  /** Whether the database's clock was found to have been set back. */
  readonly isClockSetBack: boolean;
  /** False where the database was another one at the end, or records were restored: nothing is vouched for then. */
  readonly isVouchedFor: boolean;
  /** Whether this worker saw the checkouts that the worker that leads its host has recorded. */
  readonly agrees: boolean;
}

// A request that is younger has a wake-up on its way: a producer gives up after half of that.
const WAKE_AGAIN_MS = 1000;
/** How many repositories are looked at together: few enough that the process answers in between. */
export const PAGE = 250;
// While the thread probes one page, the statements of the others are under way.
const LANES = 3;

/**
 * Looks once: records what it sees, asks for what changed or is near its age limit, wakes again what is due, and says
 * that this host is alive.
 * @throws {DoiError} `database_unavailable`; `redis_unavailable` after everything was recorded
 */
export async function watchOnce(deps: WatchDependencies): Promise<WatchPass> {
  const { sql, host } = deps;
  const self = { host, version: deps.release.version, capacity: deps.capacity, isolation: deps.isolation };
  await announceHost(sql, self);
  await deps.lead?.take();
  const isClockSetBack = await voidTimesAhead(sql);
  const began = await readDatabaseTime(sql);
  // What was recorded before this look began is to be compared with what it sees, claims included.
  const mark = await awaitRecords(sql, host);
  const clock = performance.now();
  const list = await listForWatch(sql, host);
  const { looked, mine, wakes, failed, differing, readFrom } = await lookAtPages(deps, list.repoIds);
  let agrees = false;
  let isVouchedFor = false;
  // A look that is not whole vouches for nothing, and what it has asked for is woken all the same.
  const vouch = async () => {
    agrees = failed === undefined && deps.lead?.agree() !== false;
    const isOne = [list.incarnation, ...readFrom].every((name) => name === mark?.incarnation);
    if (!agrees || mark === undefined || !isOne) return;
    const compared = { mark, differing, passMs: performance.now() - clock };
    isVouchedFor = await recordHeartbeat(sql, { ...self, passBeganAt: began }, compared);
  };
  const [vouched] = await Promise.allSettled([vouch()]);
  const due = await findDueRequests(sql, [...mine], WAKE_AGAIN_MS);
  const asked = new Set(wakes.map(({ repoId }) => repoId));
  const again = due.filter(({ repoId }) => !asked.has(repoId));
  const ends = await Promise.allSettled([
    deps.wake([...wakes, ...again.map(({ repoId, priority }) => ({ repoId, host, priority }))]),
    failed === undefined ? deps.lookout?.sawAll(mine) : undefined,
  ]);
  for (const end of [failed, vouched, ...ends]) if (end?.status === 'rejected') throw end.reason;
  return { looked, asked: asked.size, wokenAgain: again.length, isClockSetBack, agrees, isVouchedFor };
}

interface Seen {
  looked: number;
  readonly mine: Set<string>;
  readonly wakes: Wake[];
  /** The repositories whose records were written anew. */
  readonly differing: string[];
  /** The names of the databases that the records were read from; more than one while servers change places. */
  readonly readFrom: Set<string>;
  /** Why not all could be looked at. */
  failed: PromiseRejectedResult | undefined;
}

/** Looks page by page, so that neither memory nor the time in which nothing else runs grows with their number. */
async function lookAtPages(deps: WatchDependencies, repoIds: readonly string[]): Promise<Seen> {
  const lists = { mine: new Set<string>(), wakes: [], differing: [], readFrom: new Set<string>() };
  const seen: Seen = { looked: 0, ...lists, failed: undefined };
  let next = 0;
  const walk = async () => {
    while (next < repoIds.length) {
      const page = repoIds.slice(next, next + PAGE);
      next += PAGE;
      await deps.lead?.keep();
      const { looked, mine, differing, readFrom } = await probeAndRequest(deps, page, (wakes) => {
        seen.wakes.push(...wakes);
      });
      seen.looked += looked;
      seen.differing.push(...differing);
      for (const name of readFrom) seen.readFrom.add(name);
      for (const { registry } of mine) seen.mine.add(registry.repoId);
      deps.lookout?.saw(mine);
    }
  };
  const ends = await Promise.allSettled(Array.from({ length: LANES }, walk));
  seen.failed = ends.find((end) => end.status === 'rejected');
  return seen;
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
