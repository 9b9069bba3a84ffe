/** Decides how old the verification of a report may be, what is left of that, and whether it is as recent as a client wants. */
import type { StaleCode, Verified } from './freshness.js';

/** How old a verification may be, in milliseconds. */
export interface BoundLimits {
  /** Of a probe of the process that answers. */
  readonly freshMs: number;
  /** Of the record of a home host. */
  readonly observedLimitMs: number;
  /** Of the last contact with the remote of a mirror. */
  readonly contactLimitMs: number;
}

/** What a report says of its own freshness. */
export interface StatedFreshness {
  readonly stale: boolean;
  readonly stale_reasons: readonly { readonly code: StaleCode }[];
  readonly verified: Verified;
}

/** How long ago something was, in milliseconds, at the moment of the answer. */
export interface ReportAges {
  /** Since the time for which staleness is claimed (`DOI-Verified-At`). */
  readonly verifiedMs: number;
  /** Since the stored row was written, when its verdicts held; null where there is none. */
  readonly writtenMs: number | null;
}

/**
 * The freshness bound: how old the verification of a report may be, in milliseconds. 0 for a report that was not compared.
 */
export function freshFor(
  verified: Verified,
  { freshMs, observedLimitMs, contactLimitMs }: BoundLimits,
): number {
  if (verified === 'remote') return contactLimitMs;
  if (verified === 'observed') return observedLimitMs;
  return verified === 'registry' ? 0 : freshMs;
}

/**
 * What is left of the freshness bound, in whole seconds, rounded down so that it is never too long. Of a stale report it is
 * negative: so many seconds ago the row was written, and nothing later is known at which its verdicts held.
 * @returns undefined where they never held
 */
export function secondsLeft(
  report: StatedFreshness,
  { verifiedMs, writtenMs }: ReportAges,
  limits: BoundLimits,
): number | undefined {
  if (!report.stale) return Math.max(0, Math.floor((freshFor(report.verified, limits) - verifiedMs) / 1000));
  return writtenMs === null ? undefined : Math.min(-1, Math.floor(-writtenMs / 1000));
}

/**
 * The same of a fresh report in whole milliseconds, for a client that keeps it: the bound of a probe is about a second, of which
 * whole seconds leave nothing. @returns undefined where it is stale
 */
export function millisecondsLeft(
  report: StatedFreshness,
  { verifiedMs }: Pick<ReportAges, 'verifiedMs'>,
  limits: BoundLimits,
): number | undefined {
  if (report.stale) return undefined;
  return Math.max(0, Math.floor(freshFor(report.verified, limits) - verifiedMs));
}

/** Whether every input was compared: a report of which one was not is of no age. */
export function isCompared({ verified, stale_reasons: reasons }: StatedFreshness): boolean {
  return verified !== 'registry' && !reasons.some(({ code }) => code === 'not_verified');
}

/** What a client accepts, and what is known at the moment of the answer; all in milliseconds. */
export interface WantedAge {
  readonly maxAgeMs: number;
  readonly verifiedMs: number;
  /** Since the HTTP request arrived. */
  readonly requestedMs: number;
}

/**
 * Whether a report was verified as recently as a client wants. No answer is of age 0 when it is sent, so that limit means:
 * verified after the HTTP request arrived.
 */
export function isInTime(report: StatedFreshness, { maxAgeMs, verifiedMs, requestedMs }: WantedAge): boolean {
  return isCompared(report) && verifiedMs <= (maxAgeMs === 0 ? requestedMs : maxAgeMs);
}
