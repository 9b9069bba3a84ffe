/** Tiers: which one a repository's verdicts reach, what is missing for the next, and how a change went. */
import {
  CRITERION_IDS,
  CRITERION_TIERS,
  type CriterionId,
  type CriterionTier,
  type Status,
  type Verdict,
} from './verdict.js';

/** All tiers, the lowest first. */
export const TIERS = ['none', ...CRITERION_TIERS] as const;
export type Tier = (typeof TIERS)[number];

/** Which criteria each tier adds to the one below it. */
export const TIER_CRITERIA: Readonly<Record<CriterionTier, readonly CriterionId[]>> = {
  core: CRITERION_IDS.slice(0, 4),
  standard: CRITERION_IDS.slice(4, 9),
  full: CRITERION_IDS.slice(9),
};

export interface TierResult {
  readonly tier: Tier;
  readonly corePass: boolean;
  readonly standardPass: boolean;
  readonly fullPass: boolean;
}

/** The highest tier whose criteria, and those of every tier below, all `pass` or `warn`. A missing verdict does not count. */
export function reachTier(verdicts: readonly Pick<Verdict, 'id' | 'status'>[]): TierResult {
  const statuses = new Map<CriterionId, Status>(verdicts.map(({ id, status }) => [id, status]));
  const meets = (tier: CriterionTier) => TIER_CRITERIA[tier].every((id) => counts(statuses.get(id)));
  const corePass = meets('core');
  const standardPass = corePass && meets('standard');
  const fullPass = standardPass && meets('full');
  const tier = fullPass ? 'full' : standardPass ? 'standard' : corePass ? 'core' : 'none';
  return { tier, corePass, standardPass, fullPass };
}

/** The tier and its three flags, as every answer and `--json` spell them. */
export function tierAnswer({ tier, corePass, standardPass, fullPass }: TierResult) {
  return { tier, core_pass: corePass, standard_pass: standardPass, full_pass: fullPass };
}

/** Whether a status counts towards a tier. */
export function counts(status: Status | undefined): boolean {
  return status === 'pass' || status === 'warn';
}

export interface NextTier {
  readonly tier: CriterionTier;
  readonly missing: readonly Verdict[];
}

/**
 * The next tier to reach and the fewest criteria that lead there, in their order; null where there is none above, and
 * where a verdict of that tier is missing, because the list would be incomplete.
 */
export function nextTier(verdicts: readonly Verdict[]): NextTier | null {
  const next = TIERS[TIERS.indexOf(reachTier(verdicts).tier) + 1];
  if (next === undefined || next === 'none') return null;
  const byId = new Map(verdicts.map((verdict) => [verdict.id, verdict]));
  const needed = TIER_CRITERIA[next].flatMap((id) => byId.get(id) ?? []);
  if (needed.length < TIER_CRITERIA[next].length) return null;
  return { tier: next, missing: needed.filter(({ status }) => !counts(status)) };
}

/**
 * How a change of a repository's tier and statuses went. `mixed`: some got worse and some better. `other`: neither, such
 * as a criterion that failed and is skipped now.
 */
export const DIRECTIONS = ['worse', 'better', 'mixed', 'first', 'other'] as const;
export type Direction = (typeof DIRECTIONS)[number];
