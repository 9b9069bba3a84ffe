/** Plans what to ask for, and why, from what was stored and what was seen. Pure. */
import { parseFingerprint } from '../domain/fingerprint.js';
import {
  type AgeLimits,
  type JudgedState,
  overAge,
  type ProbedVersions,
  type StaleReason,
  staleReasons,
} from '../domain/freshness.js';
import { isNewerRelease, type Release } from '../domain/release.js';
import { ageShare, type NewRequest, type Priority } from '../domain/request.js';
import { nameSight } from '../inputs/probe/assemble-versions.js';

/** A repository as a trigger saw it. */
export interface Sight {
  readonly repoId: string;
  readonly stored: JudgedState | null;
  readonly probed: ProbedVersions;
  /** What was probed as one text, where it was joined already. */
  readonly fingerprint?: string | null;
}

export interface PlanSettings {
  readonly limits: AgeLimits;
  readonly at: Date;
  readonly release: Release;
  readonly priority: Priority;
  /** Ask for everything, whatever was seen. */
  readonly forced?: boolean;
}

/**
 * What to ask for one repository; undefined where nothing is to be done. An older release leaves alone what a newer one
 * has written.
 */
export function planRequest(sight: Sight, settings: PlanSettings): NewRequest | undefined {
  const { repoId, stored, probed } = sight;
  const isSame = stored?.ours === true && stored.fingerprint === sight.fingerprint;
  // Most often nothing changed, and then only the age is left to look at.
  if (isSame && !settings.forced && !isNearItsAge(sight, settings)) return undefined;
  if (stored !== null && isOfNewer(stored, settings.release)) return undefined;
  const forced = settings.forced ?? false;
  const reason = forced ? 'forced' : findReason(sight, settings);
  if (reason === undefined) return undefined;
  return { repoId, reason, priority: settings.priority, forced, wanted: nameSight(probed) };
}

function isOfNewer({ fingerprint, build }: JudgedState, release: Release): boolean {
  const criteria = parseFingerprint(fingerprint)?.criteria;
  return criteria !== undefined && isNewerRelease({ criteria, build }, release);
}

function findReason({ repoId, stored, probed }: Sight, { limits, at }: PlanSettings): string | undefined {
  const reasons = staleReasons(stored, probed, limits, at);
  if (reasons.length > 0) return sayReasons(reasons);
  return isNearItsAge({ repoId, stored }, { limits, at }) ? 'over its age' : undefined;
}

function isNearItsAge(
  { repoId, stored }: Pick<Sight, 'repoId' | 'stored'>,
  { limits, at }: Pick<PlanSettings, 'limits' | 'at'>,
): boolean {
  return stored !== null && overAge(stored.judgedAt, limits, at, ageShare(repoId)).length > 0;
}

/** The reasons in a few words: `SCOPE.md changed, goal changed`. */
export function sayReasons(reasons: readonly StaleReason[]): string {
  // Where nothing of a checkout could be compared, one word says it for all of its inputs.
  const isUnseen = reasons.some(({ code, input }) => code === 'not_verified' && input === 'checkout');
  const said = reasons.filter(
    ({ code, input }) => !isUnseen || code !== 'not_verified' || input === 'checkout',
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
      default:
        return code satisfies never;
    }
  });
  return words.join(', ');
}
