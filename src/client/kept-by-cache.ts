/**
 * Finds out that a cache between server and client kept an answer for longer than it holds, although the server forbids that and
 * the request too. Pure.
 */
import type { ServerStaleReason } from '../api/server-report.js';
import type { ApiAnswer } from './open-client.js';

type Headers = ApiAnswer['headers'];

export const KEPT_BY_CACHE = 'kept_by_cache';
export const KEPT_REMEDY =
  'Let no cache between here and the server keep its answers, nor take away the headers Date, DOI-Verified-At and Cache-Status.';

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
  const verifiedAt = headers['doi-verified-at'];
  const age = (readServerTime(headers)?.getTime() ?? Number.NaN) - Date.parse(verifiedAt ?? '');
  if (Number.isNaN(age)) return keptReason('The answer lacks Date or DOI-Verified-At');
  if (age >= -CLOCKS_MS && age <= readBoundMs(headers['cache-status']) + CLOCKS_MS) return undefined;
  return keptReason(`The answer was verified at ${verifiedAt}, which is not recent enough`);
}

function ageMs({ age = '' }: Headers): number {
  return /^\d{1,10}$/.test(age) ? Number(age) * 1000 : 0;
}

/** The freshness bound that the server names; 0 where it names none. */
function readBoundMs(cacheStatus = ''): number {
  return Number(/;\s*doi-bound-ms=(\d{1,12})\s*(?:[;,]|$)/.exec(cacheStatus)?.[1] ?? 0);
}

function keptReason(found: string): ServerStaleReason {
  const text = `${found}: it may not be what the server says now.`;
  return { input: 'row', code: KEPT_BY_CACHE, text, was: null, now: null };
}
