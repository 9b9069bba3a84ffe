/** What a program reads out of the CSV is what the summary says; what a spreadsheet reads out of it runs nothing. */
import { parse } from 'csv-parse/sync';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { SummaryEntry } from '../../../src/api/summary.js';
import { TIERS } from '../../../src/domain/tier.js';
import { CRITERION_IDS } from '../../../src/domain/verdict.js';
import { CSV_COLUMNS, summaryToCsv } from '../../../src/reader/summary/summary-csv.js';
import { EVIL_PIECES } from '../../helpers/evil-texts.js';

// A lone surrogate is no text that could be sent.
const pieces = [',', '"', '\r', '\n', '\r\n', '=', '-', '@', ';', ' ', ...EVIL_PIECES].map((piece) =>
  piece.toWellFormed(),
);
const text = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.array(fc.constantFrom(...pieces)).map((list) => list.join('')),
);
const entry: fc.Arbitrary<SummaryEntry> = fc.record({
  repo_slug: text,
  domain_slug: fc.option(text),
  tier: fc.constantFrom(...TIERS),
  core_pass: fc.boolean(),
  standard_pass: fc.boolean(),
  full_pass: fc.boolean(),
  statuses: fc.dictionary(fc.constantFrom(...CRITERION_IDS), fc.constantFrom('pass', 'warn', 'fail', 'skip')),
  failing: fc
    .subarray([...CRITERION_IDS])
    .map((ids) => ids.map((id) => ({ id, label: id, status: 'fail' as const }))),
  checked_at: fc.option(fc.constant('2026-11-26T10:00:00.000Z')),
  stale: fc.boolean(),
  stale_reasons: fc.array(
    fc.record({
      input: fc.constantFrom('SCOPE.md' as const, 'age' as const, 'workplans' as const),
      ...{ was: fc.constant(null), now: fc.constant(null), code: fc.constant('over_age' as const), text },
    }),
  ),
  verified: fc.constant('observed'),
  broken: fc.boolean(),
});
/** OWASP: these begin what a spreadsheet runs; with the full-width forms that some take for them. */
const FORMULA = /^[=+\-@\t\r\uff1d\uff0b\uff0d\uff20]/;
const shown = (cell: unknown) => {
  const plain = String(cell ?? '');
  return FORMULA.test(plain) ? `'${plain}` : plain;
};

it('can be parsed back, except for an apostrophe before a formula', () => {
  fc.assert(
    fc.property(fc.array(entry), (entries) => {
      const [names, ...rows] = parse(summaryToCsv(entries), { record_delimiter: '\r\n' }) as string[][];
      expect(names).toEqual(Object.keys(CSV_COLUMNS));
      expect(rows).toEqual(entries.map((one) => Object.values(CSV_COLUMNS).map((cell) => shown(cell(one)))));
      for (const cell of rows.flat()) expect(cell).not.toMatch(FORMULA);
    }),
  );
});

it('has these columns, with each criterion and each input once', () => {
  fc.assert(
    fc.property(entry, (one) => {
      const [row] = parse(summaryToCsv([one]), { columns: true, record_delimiter: '\r\n' }) as Record<
        string,
        string
      >[];
      expect(Object.keys(row ?? {})).toEqual([
        ...['repo_slug', 'domain_slug', 'tier', 'core_pass', 'standard_pass', 'full_pass', ...CRITERION_IDS],
        ...['failing', 'checked_at', 'stale', 'stale_because', 'verified', 'broken'],
      ]);
      expect(row).toMatchObject({
        failing: one.failing.map(({ id }) => id).join(' '),
        stale_because: [...new Set(one.stale_reasons.map(({ input }) => input))].join(' '),
        stale: String(one.stale),
      });
    }),
  );
});
