/** The summary as CSV, for spreadsheets. */
import { stringify } from 'csv-stringify/sync';
import type { SummaryEntry, SummaryField } from '../../api/summary.js';
import { CRITERION_IDS } from '../../domain/verdict.js';

type Cell = string | boolean | null;

/** The columns, in order, each with the function that makes its cell of an entry. */
export const CSV_COLUMNS: Readonly<Record<string, (entry: SummaryEntry) => Cell>> = {
  repo_slug: (entry) => entry.repo_slug,
  domain_slug: (entry) => entry.domain_slug,
  tier: (entry) => entry.tier,
  core_pass: (entry) => entry.core_pass,
  standard_pass: (entry) => entry.standard_pass,
  full_pass: (entry) => entry.full_pass,
  ...Object.fromEntries(CRITERION_IDS.map((id) => [id, (entry: SummaryEntry) => entry.statuses[id] ?? null])),
  failing: (entry) => entry.failing.map(({ id }) => id).join(' '),
  checked_at: (entry) => entry.checked_at,
  stale: (entry) => entry.stale,
  // One input may have several reasons.
  stale_because: (entry) => [...new Set(entry.stale_reasons.map(({ input }) => input))].join(' '),
  verified: (entry) => entry.verified,
  broken: (entry) => entry.broken,
};

/** The fields whose columns have other names; every other field has one column of its name. */
const COLUMNS_OF: Partial<Record<SummaryField, readonly string[]>> = {
  statuses: CRITERION_IDS,
  stale_reasons: ['stale_because'],
};

/** The columns of these fields, in the order of all columns. */
function columnsOf(fields: readonly SummaryField[]): string[] {
  const wanted = new Set(fields.flatMap((field) => COLUMNS_OF[field] ?? field));
  return Object.keys(CSV_COLUMNS).filter((name) => wanted.has(name));
}

/**
 * Makes CSV by RFC 4180, with a header line. A cell that a spreadsheet would take for a formula gets an apostrophe before
 * it (OWASP, "CSV Injection").
 * @param fields only the columns of these fields; all without it
 */
export function summaryToCsv(entries: readonly SummaryEntry[], fields?: readonly SummaryField[]): string {
  const columns = fields === undefined ? Object.keys(CSV_COLUMNS) : columnsOf(fields);
  const cells = columns.flatMap((name) => CSV_COLUMNS[name] ?? []);
  return stringify(
    entries.map((entry) => cells.map((cell) => cell(entry))),
    {
      header: true,
      columns,
      record_delimiter: 'windows',
      escape_formulas: true,
      cast: { boolean: String },
    },
  );
}
