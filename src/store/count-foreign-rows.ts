/**
 * Counts the rows of doi_cache that another program wrote.
 * Locks: nothing. Index: none; it reads every row.
 */
import { type Sql, statement } from '../platform/postgres/sql.js';
import { isOurs } from './evaluations/read-last-evaluation.js';

export interface RowCounts {
  readonly all: number;
  /** Written over by another program after this one had judged the repository. */
  readonly overwritten: number;
  /** Of repositories that this one has never judged: what a hub's own writer left. */
  readonly inherited: number;
}

/** @throws {DoiError} `database_unavailable`, `schema_incompatible` */
export async function countForeignRows(sql: Sql): Promise<RowCounts> {
  const [row] = await statement(sql<RowCounts[]>`
    select count(*)::int as all,
      (count(*) filter (where e.cache_digest is not null and not ${isOurs(sql)}))::int as overwritten,
      (count(*) filter (where e.cache_digest is null))::int as inherited
    from doi_cache c left join doi_evaluation e on e.repo_id = c.repo_id`);
  return row ?? { all: 0, overwritten: 0, inherited: 0 };
}
