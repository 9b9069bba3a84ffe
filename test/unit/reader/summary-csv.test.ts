/** What a program reads out of the CSV is what the summary says; what a spreadsheet reads out of it runs nothing. */
import { parse } from 'csv-parse/sync';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { SummaryEntry } from '../../../src/domain/answers.js';
import { TIERS } from '../../../src/domain/tier.js';
import { CRITERION_IDS } from '../../../src/domain/verdict.js';
import { CSV_COLUMNS, summaryToCsv } from '../../../src/reader/summary-csv.js';

const text = fc.string({ unit: 'binary' });
const entry: fc.Arbitrary<SummaryEntry> = fc.record({
  repo_slug: text,
  domain_slug: fc.option(text),
  tier: fc.constantFrom(...TIERS),
  core_pass: fc.boolean(),
  standard_pass: fc.boolean(),
  full_pass: fc.boolean(),
  statuses: fc.dictionary(fc.constantFrom(...CRITERION_IDS), fc.constantFrom('pass', 'warn', 'fail', 'skip')),
  failing: fc.constant([]),
  checked_at: fc.option(fc.constant('2026-11-26T10:00:00.000Z')),
  stale: fc.boolean(),
  stale_reasons: fc.constant([]),
  verified: fc.constant('observed'),
  broken: fc.boolean(),
});
/** OWASP: these begin what a spreadsheet runs; with the full-width forms that some take for them. */
const FORMULA = /^[=+\-@\t\r\uff1d\uff0b\uff0d\uff20]/;
const shown = (cell: unknown) => {
  const plain = String(cell ?? '');
  return FORMULA.test(plain) ? `'${plain}` : plain;
};

it('reads back as it was, but for an apostrophe before what would be a formula', () => {
  fc.assert(
    fc.property(fc.array(entry), (entries) => {
      const [names, ...rows] = parse(summaryToCsv(entries), { record_delimiter: '\r\n' }) as string[][];
      expect(names).toEqual(Object.keys(CSV_COLUMNS));
      expect(rows).toEqual(entries.map((one) => Object.values(CSV_COLUMNS).map((cell) => shown(cell(one)))));
      for (const cell of rows.flat()) expect(cell).not.toMatch(FORMULA);
    }),
  );
});
