import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { nextTier, reachTier, TIER_CRITERIA, TIERS } from '../../src/domain/tier.js';
import { CRITERION_IDS, type Status, type Verdict } from '../../src/domain/verdict.js';

const STATUSES = ['skip', 'fail', 'warn', 'pass'] as const satisfies readonly Status[];
const verdicts = fc
  .array(
    fc.oneof({ weight: 6, arbitrary: fc.constantFrom<Status>('pass', 'warn') }, fc.constantFrom(...STATUSES)),
    {
      minLength: CRITERION_IDS.length,
      maxLength: CRITERION_IDS.length,
    },
  )
  .map((statuses) =>
    CRITERION_IDS.map(
      (id, index): Verdict => ({
        id,
        status: statuses[index] ?? 'skip',
        label: id,
        tier: 'core',
        detail: '',
        remedy: null,
      }),
    ),
  );
const rank = (list: readonly Pick<Verdict, 'id' | 'status'>[]) => TIERS.indexOf(reachTier(list).tier);

describe('a tier', () => {
  it('is cumulative: no flag is true where the one below it is false, and the tier is the highest one true', () => {
    fc.assert(
      fc.property(verdicts, (list) => {
        const { tier, corePass, standardPass, fullPass } = reachTier(list);
        if (fullPass) expect(standardPass).toBe(true);
        if (standardPass) expect(corePass).toBe(true);
        expect(TIERS.indexOf(tier)).toBe([corePass, standardPass, fullPass].filter(Boolean).length);
      }),
    );
  });

  it('is monotone: a criterion that begins to count never lowers it, and one that stops never raises it', () => {
    fc.assert(
      fc.property(verdicts, fc.nat(CRITERION_IDS.length - 1), (list, index) => {
        const as = (status: Status) =>
          list.map((verdict, at) => (at === index ? { ...verdict, status } : verdict));
        for (const good of ['pass', 'warn'] as const)
          expect(rank(as(good))).toBeGreaterThanOrEqual(rank(list));
        for (const bad of ['fail', 'skip'] as const) expect(rank(as(bad))).toBeLessThanOrEqual(rank(list));
      }),
    );
  });

  it('is reached exactly where all its criteria and all below pass or warn', () => {
    fc.assert(
      fc.property(verdicts, (list) => {
        const counting = (tier: keyof typeof TIER_CRITERIA) =>
          list
            .filter(({ id }) => TIER_CRITERIA[tier].includes(id))
            .every(({ status }) => /pass|warn/.test(status));
        const { corePass, standardPass, fullPass } = reachTier(list);
        expect(corePass).toBe(counting('core'));
        expect(standardPass).toBe(counting('core') && counting('standard'));
        expect(fullPass).toBe(counting('core') && counting('standard') && counting('full'));
      }),
    );
  });

  it('does not depend on the order of the verdicts, and a missing verdict proves nothing', () => {
    fc.assert(
      fc.property(verdicts, fc.nat(CRITERION_IDS.length - 1), (list, index) => {
        expect(reachTier(list.toReversed())).toEqual(reachTier(list));
        const without = list.filter((_, at) => at !== index);
        const skipped = list.map((verdict, at) =>
          at === index ? { ...verdict, status: 'skip' as const } : verdict,
        );
        expect(reachTier(without)).toEqual(reachTier(skipped));
      }),
    );
  });

  it('names what the next tier lacks in the order of the criteria, and nothing when a verdict is missing', () => {
    fc.assert(
      fc.property(verdicts, fc.nat(CRITERION_IDS.length - 1), (list, index) => {
        const next = nextTier(list);
        expect(nextTier(list.toReversed())).toEqual(next);
        if (next === null) return;
        const ids = next.missing.map(({ id }) => id);
        expect(ids).toEqual(CRITERION_IDS.filter((id) => ids.includes(id)));
        const without = nextTier(list.filter((_, at) => at !== index));
        if (TIER_CRITERIA[next.tier].some((id) => id === CRITERION_IDS[index])) expect(without).toBeNull();
      }),
    );
  });

  it('names what the next tier lacks: with those criteria passed, the repository has that tier', () => {
    fc.assert(
      fc.property(verdicts, (list) => {
        const next = nextTier(list);
        if (next === null) {
          expect(reachTier(list).tier).toBe('full');
          return;
        }
        expect(next.missing.length).toBeGreaterThan(0);
        const ids = next.missing.map(({ id }) => id);
        const put = list.map((verdict) =>
          ids.includes(verdict.id) ? { ...verdict, status: 'pass' as const } : verdict,
        );
        expect(rank(put)).toBeGreaterThanOrEqual(TIERS.indexOf(next.tier));
        // Fewer would not do, whichever is left out.
        for (const left of ids) {
          const almost = put.map((verdict, at) => (verdict.id === left ? (list[at] ?? verdict) : verdict));
          expect(rank(almost)).toBeLessThan(TIERS.indexOf(next.tier));
        }
      }),
    );
  });
});
