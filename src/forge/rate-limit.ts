/** Reads from an answer of a forge whether it limits the client, and how long the client has to wait. */
import { requestedWait } from '../platform/http/requested-wait.js';

/** What of an answer says so. */
export interface LimitedAnswer {
  readonly status: number;
  readonly headers: Headers;
  /** What the forge says in its body; empty for nothing. */
  readonly message: string;
}

/** What GitHub's documentation asks of a client that is given no time. */
const DEFAULT_MS = 60_000;

/**
 * How long to wait before the next HTTP request, in milliseconds.
 * @param now milliseconds since the epoch
 * @returns undefined where the forge does not limit the client
 */
export function limitWait(answer: LimitedAnswer, now: number): number | undefined {
  return isLimited(answer) ? (requestedWait(answer.headers, now) ?? DEFAULT_MS) : undefined;
}

// GitHub answers 403 for both of its limits, as it does where a token lacks a right.
function isLimited({ status, headers, message }: LimitedAnswer): boolean {
  if (status === 429) return true;
  if (status === 503) return headers.has('retry-after');
  if (status !== 403) return false;
  const isUsedUp = headers.get('x-ratelimit-remaining') === '0';
  return isUsedUp || headers.has('retry-after') || /\brate limit\b/i.test(message);
}
