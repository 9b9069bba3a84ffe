/** Decides for how long a client may keep what a report said: what is left of its freshness bound. Pure. */

/** One answer of the API, and when it was requested and is handed on, in milliseconds of one clock that never goes back. */
export interface ReceivedAnswer {
  /** The value of `Cache-Status`; undefined where there is none. */
  readonly cacheStatus: string | undefined;
  readonly stale: boolean;
  readonly requestedAt: number;
  readonly handedOnAt: number;
}

/**
 * For how many milliseconds the answer may be kept; 0 where it is stale, or where the server names no bound. The server made
 * its answer at some time after the request, so all of the time between is taken off.
 */
export function freshForMs({ cacheStatus, stale, requestedAt, handedOnAt }: ReceivedAnswer): number {
  if (stale) return 0;
  const left = readTtlMs(cacheStatus) - Math.max(0, handedOnAt - requestedAt);
  return Math.max(0, Math.floor(left));
}

/**
 * The milliseconds that our own member of `Cache-Status` (RFC 9211) names, else its seconds in `ttl`: a cache before the
 * server may add members of its own.
 */
export function readTtlMs(cacheStatus = ''): number {
  const members = cacheStatus.replace(/"(?:[^"\\]|\\.)*"/g, '""').split(',');
  const own = members.find((member) => /^\s*doi-worker\s*(?:;|$)/.test(member)) ?? '';
  const [, exact] = /;\s*doi-ttl-ms=(\d{1,12})\s*(?:;|$)/.exec(own) ?? [];
  if (exact !== undefined) return Number(exact);
  const [, seconds] = /;\s*ttl=(-?\d{1,9})\s*(?:;|$)/.exec(own) ?? [];
  return seconds === undefined ? 0 : Number(seconds) * 1000;
}
