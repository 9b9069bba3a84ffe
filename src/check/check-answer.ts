/** The report value of `doi check`, from which every format is made: verdicts, tiers, and what could not be judged without a registry. */
import type { ReportAnswer } from '../api/report.js';
import { counts, nextTier, reachTier, TIER_CRITERIA, TIERS, type Tier, tierAnswer } from '../domain/tier.js';
import { CRITERION_TIERS, type CriterionId, type CriterionTier, type Verdict } from '../domain/verdict.js';
import type { BaselineAnswer } from './compare-with-baseline.js';
import type { AgainstAnswer } from './compare-with-server.js';
import { type FingerprintedFinding, fingerprintFindings } from './fingerprint-findings.js';
import type { JudgedCheckout } from './judge-checkout.js';
import type { Locations } from './locate-criteria.js';

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
  readonly required: RequiredAnswer | null;
  /** What the checker found, for C7 and C13. */
  readonly findings: readonly FingerprintedFinding[];
  /** The file that each criterion is about. */
  readonly locations: Locations;
  /** How it stands to the baseline that was given. */
  readonly baseline?: BaselineAnswer;
  /** How it stands to the report of the server that was given. */
  readonly against?: AgainstAnswer;
}

/** Whether the tier that was required is reached. */
export interface RequiredAnswer {
  readonly tier: CriterionTier;
  /** Null where no criterion that was judged is missing, but one was not judged. */
  readonly met: boolean | null;
  /** The criteria up to the tier that were judged and do not count. */
  readonly missing: readonly CriterionId[];
  /** The criteria up to the tier that were not judged. */
  readonly not_judged: readonly CriterionId[];
  /** Whether the caller accepts that it is not known. */
  readonly allow_unknown: boolean;
}

export interface Requirement {
  readonly tier: CriterionTier;
  readonly allowUnknown?: boolean | undefined;
}

/** Makes the answer. For `tier` a criterion that was not judged counts as not met. */
export function toCheckAnswer(
  judged: Omit<JudgedCheckout, 'remote' | 'failByOption'>,
  required?: Requirement,
): CheckAnswer {
  const { path, verdicts, notJudged, slug, findings, locations } = judged;
  const next = nextTier(verdicts);
  return {
    repo_slug: slug,
    path,
    ...tierAnswer(reachTier(verdicts)),
    criteria: verdicts,
    next_tier: next && { tier: next.tier, missing: next.missing.map(toMissing) },
    not_judged: notJudged,
    tier_of_judged: reachTier(verdicts.map((verdict) => assumeMet(verdict, notJudged))).tier,
    required: required === undefined ? null : toRequired(judged, required),
    findings: fingerprintFindings(findings),
    locations,
  };
}

function toRequired(
  { verdicts, notJudged }: Pick<JudgedCheckout, 'verdicts' | 'notJudged'>,
  required: Requirement,
): RequiredAnswer {
  const { tier, allowUnknown = false } = required;
  const upTo = CRITERION_TIERS.slice(0, CRITERION_TIERS.indexOf(tier) + 1);
  const needed = new Set(upTo.flatMap((each) => TIER_CRITERIA[each]));
  const unknown = notJudged.filter((id) => needed.has(id));
  const missing = verdicts
    .filter(({ id, status }) => needed.has(id) && !notJudged.includes(id) && !counts(status))
    .map(({ id }) => id);
  const met = missing.length > 0 ? false : unknown.length > 0 ? null : true;
  return { tier, met, missing, not_judged: unknown, allow_unknown: allowUnknown };
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
