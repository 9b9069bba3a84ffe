/** Reads the summary of all active repositories, worst first, from the database alone. */

import type { SummaryEntry, Verified } from '../../domain/answers.js';
import { type StaleReason, staleReasons } from '../../domain/freshness.js';
import { hasFutureTime } from '../../domain/observation-times.js';
import { counts, TIERS, type Tier } from '../../domain/tier.js';
import { type NowOptions, observedNow } from '../../inputs/now.js';
import type { Sql } from '../../platform/postgres/sql.js';
import { readStoredRows, type StoredRow } from '../../store/evaluations/read-stored.js';
import { voidQuietly } from '../../store/hosts/future-times.js';
import { readTier, readVerdicts } from '../report-answer.js';
import { toKnown, toStored } from '../stored-row.js';

export interface SummaryDependencies extends NowOptions {
  readonly sql: Sql;
  readonly runningLimitMs: number;
}

export interface SummaryFilter {
  readonly domain?: string | undefined;
  readonly tier?: Tier | undefined;
  readonly stale?: boolean | undefined;
  readonly broken?: boolean | undefined;
}

/** What the summary says of a repository by its row alone, whatever is there now. */
export type JudgedEntry = Omit<SummaryEntry, 'stale' | 'stale_reasons' | 'verified'>;

/**
 * Reads the summary. Its staleness rests on what the home hosts recorded: one of which nothing was heard turns its
 * entries stale.
 * @throws {DoiError} `database_unavailable`
 */
export async function readSummary(deps: SummaryDependencies, filter: SummaryFilter): Promise<SummaryEntry[]> {
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

/** Makes the part of an entry that its row alone says. */
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
    broken: row.failure_code !== null,
  };
}

/** Makes the entry of a row that was compared. */
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

/** Never evaluated first, then the lowest tier, then by slug: an order that does not depend on when it is asked for. */
export function worstFirst(one: SummaryEntry, other: SummaryEntry): number {
  const evaluated = Number(one.checked_at !== null) - Number(other.checked_at !== null);
  const tier = TIERS.indexOf(one.tier) - TIERS.indexOf(other.tier);
  return evaluated || tier || (one.repo_slug < other.repo_slug ? -1 : 1);
}
