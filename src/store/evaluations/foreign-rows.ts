/** Recognises and counts the rows of doi_cache that another program wrote. */
import { type Sql, statement } from '../../platform/postgres/sql.js';

/**
 * Whether the evaluation `e` wrote the row of doi_cache `c` as it is now, as a fragment of a statement: the row's digest
 * equals the one that was stored with the evaluation.
 */
export function isOurs(sql: Sql) {
  return sql`coalesce(e.cache_digest = doi_cache_digest(c.tier, c.core_pass, c.standard_pass, c.full_pass,
    c.criteria::text, c.fingerprint, c.checked_at), false)`;
}

export interface RowCounts {
  readonly all: number;
  /** Overwritten by another program after this one had judged the repository. */
  readonly overwritten: number;
  /** Of repositories that this program has never judged: a hub's own writer left them. */
  readonly inherited: number;
}

/**
 * Counts the rows of doi_cache that another program wrote. Locks nothing; reads every row.
 * @throws {DoiError} `database_unavailable`, `schema_incompatible`
 */
export async function countForeignRows(sql: Sql): Promise<RowCounts> {
  const [row] = await statement(sql<RowCounts[]>`
    select count(*)::int as all,
      (count(*) filter (where e.cache_digest is not null and not ${isOurs(sql)}))::int as overwritten,
      (count(*) filter (where e.cache_digest is null))::int as inherited
    from doi_cache c left join doi_evaluation e on e.repo_id = c.repo_id`);
  return row ?? { all: 0, overwritten: 0, inherited: 0 };
}
