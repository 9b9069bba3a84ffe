import { describe, expect, it } from 'vitest';
import { counts, nextTier, reachTier, TIER_CRITERIA, tierAnswer } from '../../../src/domain/tier.js';
import { CRITERION_IDS, type CriterionId, type Status, type Verdict } from '../../../src/domain/verdict.js';

/** All pass, but those named. */
function verdicts(others: Partial<Record<CriterionId, Status>> = {}): Verdict[] {
  return CRITERION_IDS.map((id) => {
    const status = others[id] ?? 'pass';
    return { id, label: id, tier: 'core', status, detail: `${id} detail`, remedy: null };
  });
}

describe('the tiers', () => {
  it('have the criteria C1 to C4, C5 to C9 and C10 to C14', () => {
    expect(TIER_CRITERIA).toEqual({
      core: ['C1', 'C2', 'C3', 'C4'],
      standard: ['C5', 'C6', 'C7', 'C8', 'C9'],
      full: ['C10', 'C11', 'C12', 'C13', 'C14'],
    });
  });

  it.each([
    [{}, 'full', [true, true, true]],
    [{ C5: 'warn', C1: 'warn', C14: 'warn' }, 'full', [true, true, true]],
    [{ C14: 'fail' }, 'standard', [true, true, false]],
    [{ C13: 'skip' }, 'standard', [true, true, false]],
    [{ C9: 'fail' }, 'core', [true, false, false]],
    [{ C7: 'skip' }, 'core', [true, false, false]],
    [{ C4: 'fail' }, 'none', [false, false, false]],
    [{ C1: 'skip' }, 'none', [false, false, false]],
  ] as const)('with %j: %s', (others, tier, [core, standard, full]) => {
    const result = reachTier(verdicts(others));
    expect(result).toEqual({ tier, corePass: core, standardPass: standard, fullPass: full });
    expect(tierAnswer(result)).toEqual({ tier, core_pass: core, standard_pass: standard, full_pass: full });
  });

  it('are `none` for a repository without verdicts', () => {
    expect(reachTier([])).toMatchObject({ tier: 'none', corePass: false });
  });

  it('count a pass and a warning, and neither a failure, nor a skip, nor a verdict that is missing', () => {
    const statuses = ['pass', 'warn', 'fail', 'skip', undefined] as const;
    expect(statuses.map(counts)).toEqual([true, true, false, false, false]);
  });
});

describe('the next tier', () => {
  it('is none above full', () => {
    expect(nextTier(verdicts())).toBeNull();
  });

  it('lists what does not count in that tier, in order, and nothing of the tiers above', () => {
    const list = verdicts({ C9: 'fail', C5: 'skip', C6: 'warn', C12: 'fail' });
    expect(nextTier(list)).toMatchObject({ tier: 'standard', missing: [{ id: 'C5' }, { id: 'C9' }] });
  });

  it('is core if core is not reached, even if more is missing above', () => {
    const list = verdicts({ C2: 'fail', C8: 'fail', C10: 'fail' });
    expect(nextTier(list)).toMatchObject({ tier: 'core', missing: [{ id: 'C2', detail: 'C2 detail' }] });
  });
});
