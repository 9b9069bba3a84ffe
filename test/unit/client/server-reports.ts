/** Reports of servers for tests: one that is fresh and meets everything, and arbitrary ones. */
import fc from 'fast-check';
import type { ServerReport } from '../../../src/api/server-report.js';
import { STALE_CODES } from '../../../src/domain/freshness.js';
import { VERSIONED_KEYS } from '../../../src/domain/input.js';
import { reachTier, TIER_CRITERIA, TIERS } from '../../../src/domain/tier.js';
import {
  CRITERION_IDS,
  CRITERION_TIERS,
  type CriterionId,
  STATUSES,
  type Status,
  type Verdict,
} from '../../../src/domain/verdict.js';

export const HEAD = 'a1b2c3d4e5f60718293a4b5c6d7e8f9012345678';
export const CHECKED_AT = '2026-11-26T09:00:00.500Z';

export function makeVerdict(id: CriterionId, status: Status = 'pass'): Verdict {
  const tier = CRITERION_TIERS.find((each) => TIER_CRITERIA[each].includes(id)) ?? 'core';
  const remedy = status === 'pass' ? null : `Correct ${id}.`;
  return { id, label: `label ${id}`, tier, status, detail: `detail ${id}`, remedy };
}

/** A fresh report, with these statuses and fields. */
export function makeReport(
  statuses: Partial<Record<CriterionId, Status>> = {},
  fields: Partial<ServerReport> = {},
): ServerReport {
  const criteria = CRITERION_IDS.map((id) => makeVerdict(id, statuses[id]));
  return {
    ...{ repo_slug: 'widget', tier: reachTier(criteria).tier, criteria, checked_at: CHECKED_AT },
    ...{ stale: false, stale_reasons: [], failure: null, host_trouble: null },
    checkout: { host: 'here', kind: null, branch: 'main', head: HEAD },
    evaluation: { judged_at: Object.fromEntries(CRITERION_IDS.map((id) => [id, CHECKED_AT])) },
    ...fields,
  };
}

const reason = fc.record({
  input: fc.constantFrom<string>(...VERSIONED_KEYS, 'row', 'age', 'remote', 'later'),
  code: fc.constantFrom<string>(...STALE_CODES, 'code_of_a_later_release'),
  text: fc.string(),
  was: fc.constant(null),
  now: fc.constant(null),
});

/** Any report that has the form, most of them nearly complete; tier and criteria may contradict each other. */
export const anyReport: fc.Arbitrary<ServerReport> = fc
  .record({
    statuses: fc.array(
      fc.oneof(
        { weight: 9, arbitrary: fc.constantFrom<Status>('pass', 'warn') },
        fc.constantFrom(...STATUSES),
      ),
      { minLength: 14, maxLength: 14 },
    ),
    missing: fc.oneof(
      { weight: 4, arbitrary: fc.constant<CriterionId[]>([]) },
      fc.subarray([...CRITERION_IDS]),
    ),
    tier: fc.option(fc.constantFrom(...TIERS), { freq: 1 }),
    checked_at: fc.oneof({ weight: 9, arbitrary: fc.constant(CHECKED_AT) }, fc.constant(null)),
    stale: fc.boolean(),
    stale_reasons: fc.array(reason, { maxLength: 3 }),
    head: fc.option(fc.constantFrom(HEAD, HEAD.replace('a', 'b'))),
  })
  .map(({ statuses, missing, tier, head, ...fields }) => {
    const all = CRITERION_IDS.map((id, index) => makeVerdict(id, statuses[index]));
    const criteria = all.filter(({ id }) => !missing.includes(id));
    const checkout = { host: 'here', kind: null, branch: null, head };
    return makeReport({}, { ...fields, criteria, tier: tier ?? reachTier(criteria).tier, checkout });
  });
