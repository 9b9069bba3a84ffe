/** Reads from the headers of an answer how long the server wants a limited client to wait. */

/** A smaller number is a number of seconds, as in the draft of the IETF, and no time. */
const LEAST_TIME = 1_000_000_000;

/** What `Headers` and maps have in common. */
export interface HeadersByName {
  /** @param name in lower case */
  get(name: string): string | null | undefined;
}

/**
 * How long to wait, in milliseconds: without an upper limit, which each caller has.
 * @param now milliseconds since the epoch, by the server's clock where that is known
 * @returns undefined where the headers say nothing that can be understood
 */
export function requestedWait(headers: HeadersByName, now: number): number | undefined {
  return afterWait(headers.get('retry-after')?.trim(), now) ?? resetWait(headers, now);
}

function afterWait(text: string | undefined, now: number): number | undefined {
  if (text === undefined) return undefined;
  if (/^\d+$/.test(text)) return Number(text) * 1000;
  const time = Date.parse(text);
  return Number.isNaN(time) ? undefined : Math.max(0, time - now);
}

function resetWait(headers: HeadersByName, now: number): number | undefined {
  const text = headers.get('x-ratelimit-reset') ?? headers.get('ratelimit-reset') ?? '';
  if (!/^\d{1,12}$/.test(text)) return undefined;
  const seconds = Number(text);
  // A second more, since the server's clock and ours differ.
  return seconds < LEAST_TIME ? seconds * 1000 : Math.max(0, seconds * 1000 - now) + 1000;
}
