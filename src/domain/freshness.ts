/** Decides whether a stored report is fresh, and names the reasons where it is not. */

import { explainChange } from './explain-change.js';
import { parseFingerprint, UNSTABLE, type Versions } from './fingerprint.js';
import { VERSIONED_KEYS, type VersionedKey } from './input.js';
import { isContactRecent, type RemoteState } from './remote-state.js';
import { BY_CHECKER, CRITERION_IDS, type CriterionId } from './verdict.js';

/** An input's version as read now, or why it is not known. */
export type ProbedVersion = { readonly version: string } | { readonly notVerified: string };
export type ProbedVersions = Readonly<Record<VersionedKey, ProbedVersion>>;

/**
 * How a report knows the versions of now. `probed`: the process that answers probed all of them. `observed`: those of the
 * checkout are as its home host recorded them. `cached`: probed on a file system whose attributes may lag. `remote`: the
 * mirror is at the commit that its remote had at the last contact. `registry`: the checkout was not probed, so the report
 * is stale.
 */
export const VERIFIED = ['probed', 'observed', 'cached', 'remote', 'registry'] as const;
export type Verified = (typeof VERIFIED)[number];

export const STALE_CODES = [
  'never_evaluated',
  'input_changed',
  'unsettled',
  'not_verified',
  'pushed',
  'over_age',
  'foreign_row',
] as const;
export type StaleCode = (typeof STALE_CODES)[number];

/** One reason why a report is stale. `text` holds absolute times only, so that it stays true in a cache. */
export interface StaleReason {
  readonly input: VersionedKey | 'row' | 'age' | 'remote';
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
  /** For C7 and C13 when the checker is the user's own command, whose inputs are unknown. */
  readonly checker: number;
}

/** The stored side of the comparison; null where the repository was never evaluated. */
export interface StoredState {
  readonly fingerprint: string;
  /** Whether this program wrote the row that is there; another one may have overwritten it. */
  readonly ours: boolean;
  readonly judgedAt: JudgedAt;
}

/** The same with the build that judged it: an older build must not judge it again. */
export interface JudgedState extends StoredState {
  /** The build, as `buildName` returns it; null where that is not known. */
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
  /** Of a mirror; null for a repository that has none on its home host. */
  readonly remote: RemoteState | null;
  /** How old the last contact with a remote may be, in milliseconds. */
  readonly contactLimitMs: number;
  /** The database's time, by which ages are measured. */
  readonly at: Date;
  readonly limits: AgeLimits;
}

/**
 * All reasons why the stored report is stale; none means fresh. An input that could not be probed is a reason, because it
 * was not compared.
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
    ...(now.remote === null ? [] : remoteReasons(now.remote, now.at, now.contactLimitMs)),
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
 * The criteria whose verdicts are older than `share` of their limit. A time in the future counts as over age, because a
 * clock that was set back must not keep a verdict fresh for longer.
 */
export function overAge(judgedAt: JudgedAt, limits: AgeLimits, at: Date, share = 1): CriterionId[] {
  return CRITERION_IDS.filter((id) => {
    const age = at.getTime() - Date.parse(judgedAt[id] ?? '');
    return !(age >= -CLOCK_TOLERANCE && age <= limitOf(id, limits) * share);
  });
}

/**
 * When the result of {@link overAge} for these verdicts will next change by time alone, in milliseconds since the epoch;
 * Infinity if it will not.
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

// A reading host's clock may differ a little from the clock that dated the verdict. In milliseconds.
export const CLOCK_TOLERANCE = 60_000;

/**
 * The reasons of the remote. None means: when the last contact began, the remote's branch was at the commit whose inputs
 * were compared, that contact is recent, and no push was stored since.
 */
export function remoteReasons(remote: RemoteState, at: Date, limitMs: number): StaleReason[] {
  const { contactedAt, contactHead, head, pushed } = remote;
  if (contactedAt === null) return [notVerified('remote was not reached yet.')];
  if (pushed !== null && pushed.at >= contactedAt) {
    const text = `remote: ${pushed.head} was pushed to ${pushed.branch}, and was not fetched yet.`;
    return [{ input: 'remote', was: contactHead, now: pushed.head, code: 'pushed', text }];
  }
  if (!isContactRecent(remote, at, limitMs))
    return [notVerified(`remote was last reached at ${toMilliseconds(contactedAt)}.`)];
  // A fetch has moved the mirror's branch, and its end is not recorded yet; or another program wrote to the mirror.
  if (head !== contactHead) return [notVerified('remote is being fetched.')];
  return [];
}

function notVerified(text: string): StaleReason {
  return { input: 'remote', was: null, now: null, code: 'not_verified', text };
}

function toMilliseconds(time: string): string {
  return time.replace(/(\.\d{3})\d*Z$/, '$1Z');
}
