/** Requests for an evaluation, as every trigger ends in one, and how failed ones are tried again. */

import type { AgeLimits } from './freshness.js';

/** How urgent a request is; the lower number goes first. */
export const PRIORITY = { person: 1, push: 2, watch: 5, nightly: 10 } as const;
export type Priority = (typeof PRIORITY)[keyof typeof PRIORITY];

/** What a trigger asks for. */
export interface NewRequest {
  readonly repoId: string;
  /** Why, as a sentence that people read. */
  readonly reason: string;
  readonly priority: Priority;
  /** Judge everything anew, even where no input changed. */
  readonly forced: boolean;
  /** The fingerprint that was seen when asking; null where the trigger did not look. */
  readonly wanted: string | null;
  /** How often which other reasons this ask stands for, where it is several in one. */
  readonly collapsed?: Readonly<Record<string, number>>;
}

/**
 * Makes one ask of two for the same repository, as asking one after the other would: forced where one is, the most
 * urgent priority and its reason, the other one counted by its own. The very same sight adds nothing. Where one did not
 * look, neither did both.
 */
export function joinRequests(first: NewRequest, second: NewRequest): NewRequest {
  const isSame = second.wanted !== null && second.wanted === first.wanted;
  if (isSame && !second.forced && second.priority >= first.priority) return first;
  const [main, other] = second.priority <= first.priority ? [second, first] : [first, second];
  const collapsed: Record<string, number> = { ...first.collapsed };
  for (const [reason, count] of [...Object.entries(second.collapsed ?? {}), [other.reason, 1] as const]) {
    collapsed[reason] = (collapsed[reason] ?? 0) + count;
  }
  return {
    repoId: first.repoId,
    reason: main.reason,
    priority: main.priority,
    forced: first.forced || second.forced,
    wanted: first.wanted === null ? null : second.wanted,
    collapsed,
  };
}

/** Joins the asks of each repository, so that at most one of each is left, in the order of their first. */
export function joinByRepository(asks: readonly NewRequest[]): NewRequest[] {
  const joined = new Map<string, NewRequest>();
  for (const one of asks) {
    const known = joined.get(one.repoId);
    joined.set(one.repoId, known === undefined ? one : joinRequests(known, one));
  }
  return [...joined.values()];
}

/**
 * The share of its age limit after which a repository's verdicts are judged again, so that they never read stale for
 * their age alone: from 0.7 to 0.9, by the repository's id, so that what was judged together does not come due together.
 * @param repoId a UUID, whose last digits are random in all of its versions
 */
export function ageShare(repoId: string): number {
  const part = Number.parseInt(repoId.slice(-8), 16) / 2 ** 32;
  return 0.7 + 0.2 * (Number.isNaN(part) ? 0 : part);
}

/**
 * How often a repository is looked at that waits for something else than its judging, in milliseconds: in time for what
 * is judged again at 0.7 to 0.9 of its age.
 */
export function recheckInterval(limits: AgeLimits): number {
  return Math.min(limits.any, limits.checker) / 10;
}

/** After this many starts without an end, the repository is taken to be what ends its worker. */
export const MAX_STARTS = 3;

const SECOND = 1000;
const MINUTE = 60 * SECOND;
// Spread, the last one is an hour at most: what is over is noticed within that.
const LAST_DELAY = 50 * MINUTE;
const DELAYS = [5 * SECOND, 30 * SECOND, 5 * MINUTE, 30 * MINUTE];

/**
 * How long to wait, in milliseconds, before an evaluation that failed is tried again.
 * @param attempts how often it has failed in a row, from 1
 * @param random from 0 to 1: spreads the delay by a fifth to either side, so that failures do not return together
 */
export function retryDelay(attempts: number, random: number): number {
  const delay = DELAYS[Math.max(attempts, 1) - 1] ?? LAST_DELAY;
  return Math.round(delay * (0.8 + 0.4 * random));
}
