/** Times the statements that readers wait for, on the data that is there. */
import { type Sql, statement } from '../platform/postgres/sql.js';
import { readFullRowVersions, readStoredRows } from '../store/evaluations/read-stored.js';

export interface ReadTimes {
  /** Of one report, in milliseconds. */
  readonly reportMs: number;
  /** Of a full pass for the summary, in milliseconds. */
  readonly summaryMs: number;
  /** How many repositories the pass covered. */
  readonly repositories: number;
}

/** @throws {DoiError} `database_unavailable`, also where it takes longer than the pool allows; `schema_incompatible` */
export async function timeReads(sql: Sql, runningLimitMs: number): Promise<ReadTimes> {
  const slug = await anySlug(sql);
  const began = performance.now();
  await readStoredRows(sql, { slugs: [slug], runningLimitMs });
  const between = performance.now();
  const { size } = await readFullRowVersions(sql);
  return { reportMs: between - began, summaryMs: performance.now() - between, repositories: size };
}

/** Reads one report as a reader does. @throws {DoiError} as {@link timeReads} */
export async function tryReport(sql: Sql, runningLimitMs: number): Promise<void> {
  await readStoredRows(sql, { slugs: [await anySlug(sql)], runningLimitMs });
}

/** A registered repository; where there is none, the statement that is timed finds nothing. */
async function anySlug(sql: Sql): Promise<string> {
  const [row] = await statement(sql<{ slug: string }[]>`
    select slug from managed_repos where status = 'active' order by id limit 1`);
  return row?.slug ?? '';
}
