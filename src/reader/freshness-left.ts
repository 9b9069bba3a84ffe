/** What is left of the freshness of a report at the moment of its answer, for `Cache-Status`. */
import { type BoundLimits, freshFor, millisecondsLeft, secondsLeft } from '../domain/freshness-bound.js';
import { agoMs, type CachedReport } from './report-cache.js';
import type { FreshnessLeft } from './send.js';

/** @param now by the clock of the cache */
export function freshnessLeft(report: CachedReport, limits: BoundLimits, now: number): FreshnessLeft {
  const { answer, verifiedAt } = report;
  const writtenMs = answer.checked_at === null ? null : agoMs(report, answer.checked_at, now);
  const ages = { verifiedMs: agoMs(report, verifiedAt, now), writtenMs };
  const codes = new Set(answer.stale_reasons.map(({ code }) => code));
  const [ttl, ttlMs] = [secondsLeft(answer, ages, limits), millisecondsLeft(answer, ages, limits)];
  return { ttl, ttlMs, boundMs: freshFor(answer.verified, limits), codes: [...codes] };
}
