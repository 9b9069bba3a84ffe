/** Reads the summary straight from the database, for the command line, and makes the entry of one row. */

import type { SummaryEntry } from '../../api/summary.js';
import { type StaleReason, staleReasons, type Verified } from '../../domain/freshness.js';
import { hasFutureTime } from '../../domain/observation-times.js';
import { counts, type Tier } from '../../domain/tier.js';
import { worstFirst } from '../../domain/worst-first.js';
import { type NowOptions, observedNow } from '../../inputs/now.js';
import type { Sql } from '../../platform/postgres/sql.js';
import { readStoredRows, type StoredRow } from '../../store/evaluations/read-stored.js';
import { voidQuietly } from '../../store/hosts/future-times.js';
import { isBroken, readTier, readVerdicts } from '../report-answer.js';
import { toKnown, toStored } from '../stored-row.js';

export interface SummaryDeps extends NowOptions {
  readonly sql: Sql;
  readonly runningLimitMs: number;
}

export interface SummaryFilter {
  readonly domain?: string | undefined;
  readonly tier?: Tier | undefined;
  readonly stale?: boolean | undefined;
  readonly broken?: boolean | undefined;
}

/** The part of an entry that comes from the stored row alone, without the versions of now. */
export type JudgedEntry = Omit<SummaryEntry, 'stale' | 'stale_reasons' | 'verified'>;

/**
 * Reads the summary, worst first. Whether an entry is stale rests on what its home host recorded: the entries of a silent
 * host are stale.
 * @throws {DoiError} `database_unavailable`
 */
export async function readSummary(deps: SummaryDeps, filter: SummaryFilter): Promise<SummaryEntry[]> {
  const rows = await readStoredRows(deps.sql, { runningLimitMs: deps.runningLimitMs });
  const read = rows.map((row) => ({ row, known: toKnown(row) }));
  if (read.some(({ known }) => hasFutureTime(known.times))) await voidQuietly(deps.sql);
  return read
    .map(({ row, known }) => {
      const now = observedNow(known, deps);
      const reasons = staleReasons(toStored(row), now);
      return toEntry(toJudged(row), { reasons, verified: now.verified });
    })
    .filter((entry) => matches(entry, filter))
    .sort(worstFirst);
}

/** Makes the part of an entry that comes from the stored row alone. */
export function toJudged(row: StoredRow): JudgedEntry {
  const verdicts = readVerdicts(row);
  return {
    repo_slug: row.slug,
    domain_slug: row.domain_slug,
    tier: readTier(row),
    core_pass: row.core_pass ?? false,
    standard_pass: row.standard_pass ?? false,
    full_pass: row.full_pass ?? false,
    statuses: Object.fromEntries(verdicts.map(({ id, status }) => [id, status])),
    failing: verdicts
      .filter(({ status }) => !counts(status))
      .map(({ id, label, status }) => ({ id, label, status })),
    checked_at: row.checked_at,
    broken: isBroken(row),
  };
}

/** Makes the entry of a compared row. */
export function toEntry(
  { broken, ...judged }: JudgedEntry,
  { reasons, verified }: { readonly reasons: readonly StaleReason[]; readonly verified: Verified },
): SummaryEntry {
  return { ...judged, stale: reasons.length > 0, stale_reasons: reasons, verified, broken };
}

/** Whether a filter keeps an entry. */
export function matches(entry: SummaryEntry, { domain, tier, stale, broken }: SummaryFilter): boolean {
  return (
    (domain === undefined || entry.domain_slug === domain) &&
    (tier === undefined || entry.tier === tier) &&
    (stale === undefined || entry.stale === stale) &&
    (broken === undefined || entry.broken === broken)
  );
}
