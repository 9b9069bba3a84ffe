import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { missingOfJudged, toCheckAnswer } from '../../../src/check/check-answer.js';
import { counts, TIER_CRITERIA } from '../../../src/domain/tier.js';
import { CRITERION_IDS, type CriterionId, type Status, type Verdict } from '../../../src/domain/verdict.js';

describe('the answer of a check', () => {
  it('does not count what was not judged towards the tier, nor against the required one', () => {
    const answer = toCheckAnswer(
      { path: '/s', slug: 's', verdicts: verdicts({ C1: 'skip', C10: 'fail' }), notJudged: ['C1'] },
      'standard',
    );
    expect(answer).toMatchObject({
      tier: 'none',
      tier_of_judged: 'standard',
      required: { tier: 'standard', met: true },
    });
    expect(missingOfJudged(answer)?.verdicts.map(({ id }) => id)).toEqual(['C10']);
  });

  it('counts a criterion that was judged and skipped against the tier', () => {
    const answer = toCheckAnswer(
      { path: '/s', slug: 's', verdicts: verdicts({ C5: 'skip' }), notJudged: [] },
      'standard',
    );
    expect(answer).toMatchObject({ tier: 'core', required: { met: false } });
  });

  it('meets a required tier exactly when every judged criterion up to it counts', () => {
    const statuses = fc.array(fc.constantFrom<Status>('pass', 'warn', 'fail', 'skip'), {
      minLength: 14,
      maxLength: 14,
    });
    const tier = fc.constantFrom('core', 'standard', 'full');
    fc.assert(
      fc.property(statuses, fc.subarray([...CRITERION_IDS]), tier, (given, notJudged, required) => {
        const all = verdicts(Object.fromEntries(CRITERION_IDS.map((id, index) => [id, given[index]])));
        const upTo = (['core', 'standard', 'full'] as const).slice(
          0,
          ['core', 'standard', 'full'].indexOf(required) + 1,
        );
        const ids = upTo.flatMap((each) => TIER_CRITERIA[each]);
        const expected = all.every(
          ({ id, status }) => !ids.includes(id) || notJudged.includes(id) || counts(status),
        );
        expect(
          toCheckAnswer({ path: '/s', slug: 's', verdicts: all, notJudged }, required as 'core').required
            ?.met,
        ).toBe(expected);
      }),
    );
  });
});

function verdicts(given: Partial<Record<CriterionId, Status>>): Verdict[] {
  return CRITERION_IDS.map((id) => ({
    id,
    label: id,
    tier: 'core',
    status: given[id] ?? 'pass',
    detail: '',
    remedy: null,
  }));
}
