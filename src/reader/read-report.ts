/** Joins the steps of reading one report: the stored row, the versions of now, the stale reasons, the answer. */
import type { RefreshAnswer, ReportAnswer } from '../api/report.js';
import { staleReasons } from '../domain/freshness.js';
import { hasFutureTime } from '../domain/observation-times.js';
import { type Now, type NowOptions, unverifiedNow } from '../inputs/now.js';
import { type ReadNowDeps, readOneNow } from '../inputs/read-now.js';
import type { Sql } from '../platform/postgres/sql.js';
import { readStoredRows, type StoredRow } from '../store/evaluations/read-stored.js';
import { voidQuietly } from '../store/hosts/future-times.js';
import { unknownRepository } from '../store/repositories/unknown-repository.js';
import { toRefresh, toReportAnswer } from './report-answer.js';
import { toKnown, toStored } from './stored-row.js';

export interface ReaderDependencies extends ReadNowDeps {
  readonly sql: Sql;
  /** After this long a started request is taken to have lost its worker, in milliseconds. */
  readonly runningLimitMs: number;
}

export interface ReadReport {
  readonly answer: ReportAnswer;
  /** When the oldest probe used began, in ISO 8601. */
  readonly verifiedAt: string;
  /** The database's time just before the row was read, in ISO 8601. */
  readonly readAt: string;
}

/**
 * Reads one report. It never evaluates, and needs no Redis.
 * @throws {DoiError} `unknown_repository`, `database_unavailable`
 */
export async function readReport(deps: ReaderDependencies, slug: string): Promise<ReadReport> {
  const [row] = await readStoredRows(deps.sql, { slugs: [slug], runningLimitMs: deps.runningLimitMs });
  if (row === undefined) throw await unknownRepository(deps.sql, [slug]);
  return toReport(deps, row);
}

/** Makes the report of a row, compared with the versions of now. */
export async function toReport(deps: ReaderDependencies, row: StoredRow): Promise<ReadReport> {
  const known = toKnown(row);
  if (hasFutureTime(known.times)) await voidQuietly(deps.sql);
  return compare(row, await readOneNow(deps, known, { head: true }));
}

/** Makes the report of a row with nothing compared but the registry, as the checkout took too long. */
export function toUnverified(options: NowOptions, row: StoredRow): ReadReport {
  return compare(row, unverifiedNow(toKnown(row), 'reading the checkout took too long.', options));
}

function compare(row: StoredRow, now: Now): ReadReport {
  const reasons = staleReasons(toStored(row), now);
  // The time of a contact has microseconds.
  const verifiedAt = new Date(now.verifiedAt).toISOString();
  return { answer: toReportAnswer({ row, now, reasons }), verifiedAt, readAt: row.now };
}

/**
 * The open request of a repository, as its report shows it; null where none is open.
 * @throws {DoiError} `database_unavailable`
 */
export async function readRefresh(
  sql: Sql,
  { slug, runningLimitMs }: { readonly slug: string; readonly runningLimitMs: number },
): Promise<RefreshAnswer | null> {
  const [row] = await readStoredRows(sql, { slugs: [slug], runningLimitMs });
  return row === undefined ? null : toRefresh(row);
}
