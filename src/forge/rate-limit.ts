/** Reads from an answer of a forge whether it limits the client, and how long the client has to wait. */

/** What of an answer says so. */
export interface LimitedAnswer {
  readonly status: number;
  readonly headers: Headers;
  /** What the forge says in its body; empty for nothing. */
  readonly message: string;
}

/** What GitHub's documentation asks of a client that is given no time. */
const DEFAULT_MS = 60_000;
/** A smaller number is a number of seconds, as in the draft of the IETF, and no time. */
const LEAST_TIME = 1_000_000_000;

/**
 * How long to wait before the next HTTP request, in milliseconds.
 * @param now milliseconds since the epoch
 * @returns undefined where the forge does not limit the client
 */
export function limitWait(answer: LimitedAnswer, now: number): number | undefined {
  if (!isLimited(answer)) return undefined;
  const { headers } = answer;
  return afterWait(headers.get('retry-after'), now) ?? resetWait(headers, now) ?? DEFAULT_MS;
}

// GitHub answers 403 for both of its limits, as it does where a token lacks a right.
function isLimited({ status, headers, message }: LimitedAnswer): boolean {
  if (status === 429) return true;
  if (status === 503) return headers.has('retry-after');
  if (status !== 403) return false;
  const isUsedUp = headers.get('x-ratelimit-remaining') === '0';
  return isUsedUp || headers.has('retry-after') || /\brate limit\b/i.test(message);
}

function afterWait(text: string | null, now: number): number | undefined {
  if (text === null) return undefined;
  if (/^\d{1,9}$/.test(text.trim())) return Number(text) * 1000;
  const time = Date.parse(text);
  return Number.isNaN(time) ? undefined : Math.max(0, time - now);
}

function resetWait(headers: Headers, now: number): number | undefined {
  const text = headers.get('x-ratelimit-reset') ?? headers.get('ratelimit-reset') ?? '';
  if (!/^\d{1,12}$/.test(text)) return undefined;
  const seconds = Number(text);
  // A second more, since the forge's clock and ours differ.
  return seconds < LEAST_TIME ? seconds * 1000 : Math.max(0, seconds * 1000 - now) + 1000;
}
