/** Makes entries of a summary, given ones and arbitrary ones, for tests of the page. */
import fc from 'fast-check';
import type { SummaryEntry } from '../../../src/api/summary.js';
import { COLUMNS } from '../../../src/dashboard/state/criteria.js';

export function makeEntry(change: Partial<SummaryEntry> = {}): SummaryEntry {
  return {
    ...{ repo_slug: 'thing', domain_slug: null, tier: 'none', statuses: {}, failing: [] },
    ...{ stale: false, broken: false, checked_at: '2026-11-26T10:00:00.000Z' },
    ...change,
  } as unknown as SummaryEntry;
}

const failing = fc.subarray(COLUMNS.map(({ id, label }) => ({ id, label })));

/** Lists of entries without two of the same slug. */
export const anyEntries = fc.uniqueArray(
  fc
    .record({
      repo_slug: fc.string({ minLength: 1 }),
      domain_slug: fc.constantFrom(null, 'a', 'b', 'c'),
      tier: fc.constantFrom('none', 'core', 'standard', 'full'),
      ...{ failing, stale: fc.boolean(), broken: fc.boolean() },
      checked_at: fc.constantFrom(null, '2026-11-26T10:00:00.000Z', '2026-11-26T11:00:00.000Z'),
    })
    .map((change) => makeEntry(change as unknown as Partial<SummaryEntry>)),
  { selector: ({ repo_slug: slug }) => slug },
);
