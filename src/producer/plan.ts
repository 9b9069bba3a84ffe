/** Plans what to request, and why, from what was stored and the versions of now. Pure. */
import { parseFingerprint } from '../domain/fingerprint.js';
import { type JudgedState, overAge, type StaleReason, staleReasons } from '../domain/freshness.js';
import { isNewerRelease, type Release } from '../domain/release.js';
import { ageShare, type NewRequest, type Priority } from '../domain/request.js';
import type { Now } from '../inputs/now.js';
import { nameNow } from '../inputs/record-now.js';

export interface PlanOptions {
  readonly release: Release;
  readonly priority: Priority;
  /** Request everything, whatever has changed. */
  readonly forced?: boolean;
}

/**
 * What to request for one repository; undefined where nothing is to be done, and where a newer release wrote the row, since
 * an older one must not replace it.
 */
export function planRequest(
  now: Now,
  stored: JudgedState | null,
  { release, priority, forced = false }: PlanOptions,
): NewRequest | undefined {
  const isSame = stored?.ours === true && stored.fingerprint === now.fingerprint;
  // For speed: most often nothing changed, and then only the age is left to compare.
  if (isSame && !forced && !isNearItsAge(now, stored)) return undefined;
  if (stored !== null && isOfNewer(stored, release)) return undefined;
  const reason = forced ? 'forced' : findReason(now, stored);
  if (reason === undefined) return undefined;
  return { repoId: now.registry.repoId, reason, priority, forced, wanted: nameNow(now) };
}

function isOfNewer({ fingerprint, build }: JudgedState, release: Release): boolean {
  const criteria = parseFingerprint(fingerprint)?.criteria;
  return criteria !== undefined && isNewerRelease({ criteria, build }, release);
}

function findReason(now: Now, stored: JudgedState | null): string | undefined {
  // Evaluating again would not reach the remote: contacts have their own times.
  const reasons = staleReasons(stored, { ...now, remote: null });
  if (reasons.length > 0) return sayReasons(reasons);
  return isNearItsAge(now, stored) ? 'over its age' : undefined;
}

function isNearItsAge({ registry, limits, at }: Now, stored: JudgedState | null): boolean {
  return stored !== null && overAge(stored.judgedAt, limits, at, ageShare(registry.repoId)).length > 0;
}

/** The reasons in a few words: `SCOPE.md changed, goal changed`. */
export function sayReasons(reasons: readonly StaleReason[]): string {
  // Where nothing of a checkout could be compared, one phrase stands for all of its inputs.
  const isUnread = reasons.some(({ code, input }) => code === 'not_verified' && input === 'checkout');
  const said = reasons.filter(
    ({ code, input }) => !isUnread || code !== 'not_verified' || input === 'checkout',
  );
  const words = said.map(({ code, input }) => {
    switch (code) {
      case 'never_evaluated':
        return 'never evaluated';
      case 'foreign_row':
        return 'row written by another program';
      case 'over_age':
        return 'over its age';
      case 'not_verified':
        return `${input} not verified`;
      case 'unsettled':
        return `${input} was still changing`;
      case 'input_changed':
        return `${input} changed`;
      case 'pushed':
        return 'pushed';
      default:
        return code satisfies never;
    }
  });
  return words.join(', ');
}
