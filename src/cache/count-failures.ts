/**
 * Counts the active repositories whose last tries broke, by the code of the error.
 * Locks: nothing. Index: the primary keys of our tables.
 */
import { databaseError, type Sql } from '../platform/sql.js';
import { failureStands } from './record-failure.js';

export interface FailureCount {
  readonly code: string;
  readonly count: number;
}

/** The most frequent first. @throws {DoiError} `database_unavailable`, `schema_incompatible` */
export async function countFailuresByCode(sql: Sql): Promise<FailureCount[]> {
  try {
    return await sql<FailureCount[]>`
      select f.code, count(*)::int as count
      from doi_failure f
      join managed_repos r on r.id = f.repo_id and r.status = 'active'
      left join doi_evaluation e on e.repo_id = f.repo_id
      where ${failureStands(sql)}
      group by f.code order by count(*) desc, f.code`;
  } catch (error) {
    throw databaseError(error);
  }
}
