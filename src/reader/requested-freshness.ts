/** Reads what a client wants of a report's age from `Cache-Control` of its HTTP request (RFC 9111, 5.2.1). */
import type { IncomingHttpHeaders } from 'node:http';
import { DoiError } from '../domain/errors.js';

export interface RequestedFreshness {
  /** How old the verification may be, in milliseconds; undefined where the client accepts what a read finds. */
  readonly maxAgeMs: number | undefined;
  /** Whether only what is known may be answered, without waking a host. */
  readonly onlyIfCached: boolean;
}

const NOTHING: RequestedFreshness = { maxAgeMs: undefined, onlyIfCached: false };

/** A directive: a token, and its value as a token or a quoted string (RFC 9111, 5.2). */
const DIRECTIVE = /([\w!#$%&'*+.^`|~-]+)(?:[ \t]*=[ \t]*("(?:[^"\\]|\\.)*"|[^\s,"]*))?/g;

/**
 * Reads the directives `max-age` and `only-if-cached`; others ask for nothing here, since each read is validated. Of several
 * `max-age` the smallest counts (RFC 9111, 4.2.1).
 * @throws {DoiError} `bad_request` where `max-age` is no whole number of seconds
 */
export function readRequestedFreshness(headers: IncomingHttpHeaders): RequestedFreshness {
  const { 'cache-control': text } = headers;
  // A browser sends `no-cache` with each request of a script that names a tag.
  if (text === undefined || text === 'no-cache') return NOTHING;
  let maxAge = Infinity;
  let onlyIfCached = false;
  for (const [, name = '', value] of text.matchAll(DIRECTIVE)) {
    if (name.toLowerCase() === 'only-if-cached') onlyIfCached = true;
    if (name.toLowerCase() === 'max-age') maxAge = Math.min(maxAge, parseSeconds(value));
  }
  if (maxAge === Infinity || isReload(headers, maxAge)) return { ...NOTHING, onlyIfCached };
  return { maxAgeMs: maxAge * 1000, onlyIfCached };
}

/**
 * Whether a browser reloads: it then adds `max-age=0` by itself, and so it does for `fetch` with the cache mode `no-cache`,
 * which a page of another origin may use too. Both want validation, and must wake no host. `Sec-Fetch-Mode` says less: the
 * `fetch` of Node sends that too.
 */
function isReload(headers: IncomingHttpHeaders, maxAge: number): boolean {
  return maxAge === 0 && headers['sec-fetch-site'] !== undefined;
}

function parseSeconds(value: string | undefined): number {
  const digits = /^"?(\d{1,15})\d*"?$/.exec(value ?? '')?.[1];
  if (digits !== undefined) return Number(digits);
  const found = 'The value of max-age in Cache-Control is no whole number of seconds.';
  throw new DoiError('bad_request', found, 'Send it as "Cache-Control: max-age=60".');
}
