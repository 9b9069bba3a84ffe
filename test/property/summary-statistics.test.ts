import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { SummaryEntry } from '../../src/api/summary.js';
import type { StaleCode } from '../../src/domain/freshness.js';
import { TIERS } from '../../src/domain/tier.js';
import { CRITERION_IDS, type Status } from '../../src/domain/verdict.js';
import { countEntries } from '../../src/reader/summary/statistics.js';

const CODES = [
  ...(['never_evaluated', 'input_changed', 'unsettled'] as const),
  ...(['not_verified', 'pushed', 'over_age', 'foreign_row'] as const),
] satisfies StaleCode[];
const STATUSES = ['pass', 'warn', 'fail', 'skip'] satisfies Status[];

const time = fc.integer({ min: 0, max: 4e12 }).map((at) => new Date(at).toISOString());
const reason = fc
  .constantFrom(...CODES)
  .map((code) => ({ input: 'row', was: null, now: null, code, text: '' }));
const entries: fc.Arbitrary<SummaryEntry[]> = fc.array(
  fc
    .record({
      tier: fc.constantFrom(...TIERS),
      checked_at: fc.option(time),
      stale_reasons: fc.array(reason, { maxLength: 4 }),
      broken: fc.boolean(),
      statuses: fc.dictionary(fc.constantFrom(...CRITERION_IDS), fc.constantFrom(...STATUSES)),
    })
    .map((part) => ({ ...part, stale: part.stale_reasons.length > 0 }) as unknown as SummaryEntry),
);

it('the numbers of a fleet equal those of its entries, counted one by one', () => {
  fc.assert(
    fc.property(entries, (all) => {
      const count = (asked: (entry: SummaryEntry) => boolean) => all.filter(asked).length;
      const by = <Name extends string>(names: readonly Name[], value: (name: Name) => unknown) =>
        Object.fromEntries(names.map((name) => [name, value(name)]));
      const times = all.flatMap(({ stale, checked_at: at }) => (stale && at !== null ? [at] : []));
      expect(countEntries(all)).toEqual({
        tiers: by(TIERS, (tier) => count((entry) => entry.tier === tier)),
        criteria: by(CRITERION_IDS, (id) =>
          by(STATUSES, (status) => count((entry) => entry.statuses[id] === status)),
        ),
        stale: count((entry) => entry.stale),
        staleByCode: by(CODES, (code) =>
          count((entry) => entry.stale_reasons.some((one) => one.code === code)),
        ),
        neverEvaluated: count((entry) => entry.checked_at === null),
        broken: count((entry) => entry.broken),
        oldestStaleAt: times.sort((one, other) => Date.parse(one) - Date.parse(other))[0] ?? null,
      });
    }),
  );
});
