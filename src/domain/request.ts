/** Requests for an evaluation: how several for one repository are joined, and when a worker retries a failed one. */

import type { AgeLimits } from './freshness.js';

/** How urgent a request is; a lower number goes first. */
export const PRIORITY = { person: 1, push: 2, watch: 5, nightly: 10 } as const;
export type Priority = (typeof PRIORITY)[keyof typeof PRIORITY];

/** The reason of a request that a person makes; rows hold this text. */
export const PERSON_REASON = 'asked for by a person';
/** The reason of a request that an HTTP client makes who wants a report that was verified just now. */
export const VERIFY_REASON = 'a client wants it verified now';

/** What a trigger requests. */
export interface NewRequest {
  readonly repoId: string;
  /** Why, as a sentence that people read. */
  readonly reason: string;
  readonly priority: Priority;
  /** Judge every criterion again, even where no input changed. */
  readonly forced: boolean;
  /** The fingerprint that the trigger probed; null if it did not probe. */
  readonly wanted: string | null;
  /** If several requests were joined into this one: how often each other reason occurred. */
  readonly collapsed?: Readonly<Record<string, number>>;
}

/**
 * Whether a person waits for a request. A client that wants a verified report has the priority of a person, but asks as often
 * as it reads.
 */
export function isOfPerson({
  priority,
  reason,
  collapsed,
}: Pick<NewRequest, 'reason' | 'collapsed'> & { readonly priority: number }): boolean {
  if (priority !== PRIORITY.person) return false;
  return reason !== VERIFY_REASON || collapsed?.[PERSON_REASON] !== undefined;
}

/**
 * Joins two requests for the same repository, with the same result as making one after the other: forced if one is, with
 * the more urgent priority and its reason, and the other's reason counted. A second one with the same fingerprint adds
 * nothing. If one trigger did not probe, `wanted` is null.
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

/** Joins the requests of each repository, so that one of each is left, in the order of their first. */
export function joinByRepository(requests: readonly NewRequest[]): NewRequest[] {
  const joined = new Map<string, NewRequest>();
  for (const one of requests) {
    const known = joined.get(one.repoId);
    joined.set(one.repoId, known === undefined ? one : joinRequests(known, one));
  }
  return [...joined.values()];
}

/**
 * The share of the age limit after which a repository is judged again, so that its report never becomes stale by age alone.
 * From 0.7 to 0.9, by the repository's id, so that repositories judged together are not due together.
 * @param repoId a UUID, whose last digits are random in all of its versions
 */
export function ageShare(repoId: string): number {
  const part = Number.parseInt(repoId.slice(-8), 16) / 2 ** 32;
  return 0.7 + 0.2 * (Number.isNaN(part) ? 0 : part);
}

/**
 * How often a repository is checked that waits for something other than its evaluation, in milliseconds: in time for the
 * evaluation at 0.7 to 0.9 of its age limit.
 */
export function recheckInterval(limits: AgeLimits): number {
  return Math.min(limits.any, limits.checker) / 10;
}

/** After this many starts without an end, the repository is assumed to crash its worker. */
export const MAX_STARTS = 3;

const SECOND = 1000;
const MINUTE = 60 * SECOND;
// With the spread it is an hour at most, so a problem that is over is noticed within an hour.
const LAST_DELAY = 50 * MINUTE;
const DELAYS = [5 * SECOND, 30 * SECOND, 5 * MINUTE, 30 * MINUTE];

/**
 * How long a worker waits, in milliseconds, before it retries a failed evaluation.
 * @param attempts how often it has failed in a row, from 1
 * @param random from 0 to 1: spreads the delay by a fifth to either side, so that failures do not return together
 */
export function retryDelay(attempts: number, random: number): number {
  const delay = DELAYS[Math.max(attempts, 1) - 1] ?? LAST_DELAY;
  return Math.round(delay * (0.8 + 0.4 * random));
}
