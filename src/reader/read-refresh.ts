/** Reads what is asked for of one repository. */
import type { RefreshAnswer } from '../domain/answers.js';
import type { Sql } from '../platform/sql.js';
import { toRefresh } from './report-answer.js';
import { readStoredRows } from './stored-rows.js';

/**
 * The open request of a repository, as its report shows it; null where there is none (any more).
 * @throws {DoiError} `database_unavailable`
 */
export async function readRefresh(
  sql: Sql,
  { slug, runningLimitMs }: { readonly slug: string; readonly runningLimitMs: number },
): Promise<RefreshAnswer | null> {
  const [row] = await readStoredRows(sql, { slugs: [slug], runningLimitMs });
  return row === undefined ? null : toRefresh(row);
}
