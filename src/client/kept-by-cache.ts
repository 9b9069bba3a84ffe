/**
 * Finds out that a cache between server and client kept an answer for longer than it holds, although the server forbids that and
 * the request too. Pure.
 */
import type { ServerStaleReason } from '../api/server-report.js';
import { DoiError } from '../domain/errors.js';
import { KEPT_BY_CACHE, KEPT_REMEDY } from '../domain/unknown-reason.js';
import type { ApiAnswer, ApiClient } from './open-client.js';

type Headers = ApiAnswer['headers'];

/** By how much the clocks of those that write the times of one answer may differ, in milliseconds. */
export const CLOCKS_MS = 60_000;

/** The time of the server when the client received the answer: a cache leaves `Date`, and adds `Age` (RFC 9111, 4.2.3). */
export function readServerTime(headers: Headers): Date | null {
  const at = new Date(Date.parse(headers['date'] ?? '') + ageMs(headers));
  return Number.isNaN(at.getTime()) ? null : at;
}

/** Why the answer is not what the server says now; undefined where it is. Some caches write their own `Date` and no `Age`. */
export function findKept(headers: Headers, stale: boolean): ServerStaleReason | undefined {
  if (ageMs(headers) > CLOCKS_MS) return keptReason('A cache kept this answer');
  if (stale) return undefined;
  const verifiedAt = new Date(headers['doi-verified-at'] ?? Number.NaN);
  const age = (readServerTime(headers)?.getTime() ?? Number.NaN) - verifiedAt.getTime();
  if (Number.isNaN(age)) return keptReason('The answer lacks Date or DOI-Verified-At');
  if (age >= -CLOCKS_MS && age <= (readBoundMs(headers) ?? 0) + CLOCKS_MS) return undefined;
  return keptReason(`The answer was verified at ${verifiedAt.toISOString()}, which is not recent enough`);
}

/** A client that refuses such answers, for those who cannot show a reason beside them. */
export function refuseKept(client: ApiClient): ApiClient {
  return {
    async request(request) {
      const answer = await client.request(request);
      const { headers, body } = answer;
      const isFresh = readBoundMs(headers) !== undefined && Object(body).stale === false;
      const kept = findKept(headers, !isFresh);
      if (kept !== undefined) throw new DoiError('server_unreachable', kept.text, KEPT_REMEDY);
      return answer;
    },
  };
}

const MOST_SECONDS = 2 ** 31;

/** Of several the first counts, and one that is too large is the largest (RFC 9111, 1.2.2 and 5.1). */
function ageMs({ age = '' }: Headers): number {
  const [, seconds = '0'] = /^\s*(\d+)\s*(?:,|$)/.exec(age) ?? [];
  return Math.min(Number(seconds), MOST_SECONDS) * 1000;
}

/** The freshness bound that the server names; undefined where it names none. */
function readBoundMs({ 'cache-status': status = '' }: Headers): number | undefined {
  const [, bound] = /;\s*doi-bound-ms=(\d{1,12})\s*(?:[;,]|$)/.exec(status) ?? [];
  return bound === undefined ? undefined : Number(bound);
}

function keptReason(found: string): ServerStaleReason {
  const text = `${found}: it may not be what the server says now.`;
  return { input: 'row', code: KEPT_BY_CACHE, text, was: null, now: null };
}
