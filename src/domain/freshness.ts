/** Decides whether a stored report is fresh, and names the reasons where it is not. */

import { explainChange } from './explain-change.js';
import { parseFingerprint, UNSTABLE, type Versions } from './fingerprint.js';
import { VERSIONED_KEYS, type VersionedKey } from './input.js';
import { BY_CHECKER, CRITERION_IDS, type CriterionId } from './verdict.js';

/** An input's version as read now, or why it is not known. */
export type ProbedVersion = { readonly version: string } | { readonly notVerified: string };
export type ProbedVersions = Readonly<Record<VersionedKey, ProbedVersion>>;

export type StaleCode =
  | 'never_evaluated'
  | 'input_changed'
  | 'unsettled'
  | 'not_verified'
  | 'over_age'
  | 'foreign_row';

/** One reason why a report is stale. `text` holds absolute times only, so that it stays true while it is cached. */
export interface StaleReason {
  readonly input: VersionedKey | 'row' | 'age';
  readonly was: string | null;
  readonly now: string | null;
  readonly code: StaleCode;
  readonly text: string;
}

/** When each criterion was last judged, as ISO 8601 text. */
export type JudgedAt = Readonly<Partial<Record<CriterionId, string>>>;

/** How long a verdict may be called fresh, in milliseconds. */
export interface AgeLimits {
  readonly any: number;
  /** For C7 and C13 when the checker is a command of the user's own, whose inputs nobody knows. */
  readonly checker: number;
}

/** The stored side of the comparison; null where the repository was never evaluated. */
export interface StoredState {
  readonly fingerprint: string;
  /** Whether the row at hand is the one we wrote; another program may have written over it. */
  readonly ours: boolean;
  readonly judgedAt: JudgedAt;
}

/** The same with the build that judged it: an older build must not judge it again. */
export interface JudgedState extends StoredState {
  /** The build, as `buildName` gives it; null where that is not known. */
  readonly build: string | null;
}

/** The current side of the comparison. */
export interface CurrentState {
  readonly versions: ProbedVersions;
  /**
   * Why the version of `repo` may not be compared although it is known. It counts only where no other reason is found;
   * null where there is no doubt.
   */
  readonly registryDoubt: string | null;
  /** The database's time, by which ages are measured. */
  readonly at: Date;
  readonly limits: AgeLimits;
}

/**
 * Every reason why what is stored may not be called fresh; none means fresh. An input that could not be probed is a
 * reason: what was not compared was not verified.
 */
export function staleReasons(stored: StoredState | null, now: CurrentState): StaleReason[] {
  if (stored === null) return [rowReason('never_evaluated', 'This repository was never evaluated.')];
  const was = stored.ours ? parseFingerprint(stored.fingerprint) : undefined;
  if (was === undefined) {
    return [
      rowReason(
        'foreign_row',
        'The row in doi_cache was written by another program; its inputs are unknown.',
      ),
    ];
  }
  const reasons = [
    ...VERSIONED_KEYS.flatMap((key) => inputReason(key, was, now.versions[key]) ?? []),
    ...ageReasons(stored.judgedAt, now.limits, now.at),
  ];
  if (reasons.length > 0 || now.registryDoubt === null) return reasons;
  return [inputReason('repo', was, { notVerified: now.registryDoubt }) ?? []].flat();
}

function rowReason(code: StaleCode, text: string): StaleReason {
  return { input: 'row', was: null, now: null, code, text };
}

function inputReason(key: VersionedKey, stored: Versions, probed: ProbedVersion): StaleReason | undefined {
  const was = stored[key];
  if ('notVerified' in probed) {
    const text = `${key} was not compared: ${probed.notVerified}`;
    return { input: key, was, now: null, code: 'not_verified', text };
  }
  const now = probed.version;
  if (was === now) return undefined;
  if (was === now + UNSTABLE) {
    const text = `${key} was still being changed when it was judged.`;
    return { input: key, was, now, code: 'unsettled', text };
  }
  return { input: key, was, now, code: 'input_changed', text: explainChange(key, was, now) };
}

function ageReasons(judgedAt: JudgedAt, limits: AgeLimits, at: Date): StaleReason[] {
  const over = overAge(judgedAt, limits, at);
  const oldest = over.map((id) => judgedAt[id] ?? '').sort()[0];
  if (oldest === undefined) return [];
  const text = oldest
    ? `${over.join(', ')}: last judged at ${oldest}, which is over the age limit.`
    : `${over.join(', ')}: when they were judged is not known.`;
  return [{ input: 'age', was: oldest || null, now: null, code: 'over_age', text }];
}

/**
 * The criteria whose verdicts are older than `share` of their limit. A time in the future counts as over age: a clock
 * that was set back must not keep a verdict fresh for longer.
 */
export function overAge(judgedAt: JudgedAt, limits: AgeLimits, at: Date, share = 1): CriterionId[] {
  return CRITERION_IDS.filter((id) => {
    const age = at.getTime() - Date.parse(judgedAt[id] ?? '');
    return !(age >= -CLOCK_TOLERANCE && age <= limitOf(id, limits) * share);
  });
}

/**
 * When what {@link overAge} says of these verdicts will next change by itself, in milliseconds since the epoch; Infinity
 * where it will not.
 */
export function nextChangeByAge(judgedAt: JudgedAt, limits: AgeLimits, at: Date): number {
  const changes = CRITERION_IDS.flatMap((id) => {
    const judged = Date.parse(judgedAt[id] ?? '');
    return [judged - CLOCK_TOLERANCE, judged + limitOf(id, limits) + 1];
  });
  return Math.min(...changes.filter((change) => change > at.getTime()), Number.POSITIVE_INFINITY);
}

function limitOf(id: CriterionId, limits: AgeLimits): number {
  return BY_CHECKER.includes(id) ? Math.min(limits.any, limits.checker) : limits.any;
}

// Hosts' clocks differ a little from the one that stamped the verdict.
export const CLOCK_TOLERANCE = 60_000;
