import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { missingOfJudged, toCheckAnswer } from '../../../src/check/check-answer.js';
import type { JudgedCheckout } from '../../../src/check/judge-checkout.js';
import type { Locations } from '../../../src/check/locate-criteria.js';
import { counts, TIER_CRITERIA } from '../../../src/domain/tier.js';
import {
  CRITERION_IDS,
  CRITERION_TIERS,
  type CriterionId,
  type Status,
  type Verdict,
} from '../../../src/domain/verdict.js';

describe('the answer of a check', () => {
  it('does not know whether the required tier is reached where a criterion of it was not judged', () => {
    const answer = toCheckAnswer(judged({ C1: 'skip', C10: 'fail' }, ['C1']), { tier: 'standard' });
    expect(answer).toMatchObject({
      tier: 'none',
      tier_of_judged: 'standard',
      required: { tier: 'standard', met: null, missing: [], not_judged: ['C1'], allow_unknown: false },
    });
    expect(missingOfJudged(answer)?.verdicts.map(({ id }) => id)).toEqual(['C10']);
  });

  it('counts a criterion that was judged and skipped against the tier', () => {
    const answer = toCheckAnswer(judged({ C5: 'skip' }), { tier: 'standard' });
    expect(answer).toMatchObject({ tier: 'core', required: { met: false, missing: ['C5'] } });
  });

  it('meets a required tier exactly when every criterion up to it was judged and counts, and fails it for any other that was', () => {
    const statuses = fc.array(fc.constantFrom<Status>('pass', 'warn', 'fail', 'skip'), {
      minLength: 14,
      maxLength: 14,
    });
    const tiers = fc.constantFrom(...CRITERION_TIERS);
    fc.assert(
      fc.property(statuses, fc.subarray([...CRITERION_IDS]), tiers, (given, notJudged, tier) => {
        const all = Object.fromEntries(CRITERION_IDS.map((id, index) => [id, given[index]]));
        const upTo = CRITERION_TIERS.slice(0, CRITERION_TIERS.indexOf(tier) + 1);
        const ids = upTo.flatMap((each) => TIER_CRITERIA[each]);
        const known = ids.filter((id) => !notJudged.includes(id));
        const expected = known.some((id) => !counts(all[id]))
          ? false
          : known.length < ids.length
            ? null
            : true;
        expect(toCheckAnswer(judged(all, notJudged), { tier }).required?.met).toBe(expected);
      }),
    );
  });
});

function judged(
  given: Partial<Record<CriterionId, Status | undefined>>,
  notJudged: readonly CriterionId[] = [],
): JudgedCheckout {
  const locations = Object.fromEntries(CRITERION_IDS.map((id) => [id, null])) as Locations;
  const none = { findings: [], remote: null, failByOption: [] };
  return { path: '/s', slug: 's', verdicts: verdicts(given), notJudged, locations, ...none };
}

function verdicts(given: Partial<Record<CriterionId, Status | undefined>>): Verdict[] {
  return CRITERION_IDS.map((id) => ({
    id,
    label: id,
    tier: 'core',
    status: given[id] ?? 'pass',
    detail: '',
    remedy: null,
  }));
}
