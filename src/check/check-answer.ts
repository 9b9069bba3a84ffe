/** The report value of `doi check`, from which every format is made: verdicts, tiers, and what could not be judged without a registry. */
import type { ReportAnswer } from '../api/report.js';
import { counts, nextTier, reachTier, TIER_CRITERIA, TIERS, type Tier, tierAnswer } from '../domain/tier.js';
import type { CriterionId, CriterionTier, Verdict } from '../domain/verdict.js';
import type { JudgedCheckout } from './judge-checkout.js';

type Shared = Pick<
  ReportAnswer,
  'repo_slug' | 'tier' | 'core_pass' | 'standard_pass' | 'full_pass' | 'criteria' | 'next_tier'
>;

export interface CheckAnswer extends Shared {
  /** The real path of the checkout that was judged. */
  readonly path: string;
  /** Criteria that need a registry, and for which no option was given. */
  readonly not_judged: readonly CriterionId[];
  /** The tier if all criteria that were not judged were met. */
  readonly tier_of_judged: Tier;
  readonly required: { readonly tier: CriterionTier; readonly met: boolean } | null;
}

/** Makes the answer. For `tier` a criterion that was not judged counts as not met. */
export function toCheckAnswer(judged: JudgedCheckout, required?: CriterionTier): CheckAnswer {
  const { path, verdicts, notJudged, slug } = judged;
  const judgedTier = reachTier(verdicts.map((verdict) => assumeMet(verdict, notJudged))).tier;
  const ofJudged = TIERS.indexOf(judgedTier);
  const next = nextTier(verdicts);
  return {
    repo_slug: slug,
    path,
    ...tierAnswer(reachTier(verdicts)),
    criteria: verdicts,
    next_tier: next && { tier: next.tier, missing: next.missing.map(toMissing) },
    not_judged: notJudged,
    tier_of_judged: judgedTier,
    required: required === undefined ? null : { tier: required, met: ofJudged >= TIERS.indexOf(required) },
  };
}

function assumeMet(verdict: Verdict, notJudged: readonly CriterionId[]): Verdict {
  return notJudged.includes(verdict.id) ? { ...verdict, status: 'pass' } : verdict;
}

function toMissing({ id, label, detail, remedy }: Verdict) {
  return { id, label, detail, remedy };
}

/** The judged criteria that are missing for the tier above `tier_of_judged`. */
export function missingOfJudged(answer: CheckAnswer): { tier: CriterionTier; verdicts: Verdict[] } | null {
  const next = TIERS[TIERS.indexOf(answer.tier_of_judged) + 1];
  if (next === undefined || next === 'none') return null;
  const verdicts = answer.criteria.filter(
    ({ id, status }) =>
      TIER_CRITERIA[next].includes(id) && !counts(status) && !answer.not_judged.includes(id),
  );
  return { tier: next, verdicts };
}
