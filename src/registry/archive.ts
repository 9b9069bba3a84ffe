/**
 * Archives repositories, which are then neither evaluated nor listed, or takes them back.
 * Locks: the rows it changes. Index: the unique one on `managed_repos.slug`.
 */
import type { Sql } from '../platform/sql.js';
import { unknownRepository } from './unknown-repository.js';

/**
 * Sets the status of all of the repositories, or of none; one that has it already is left as it is.
 * @throws {DoiError} `unknown_repository`.
 */
export async function archiveRepositories(
  sql: Sql,
  slugs: readonly string[],
  status: 'archived' | 'active' = 'archived',
): Promise<void> {
  const wanted = [...new Set(slugs)];
  const [row] = await sql<{ known: number }[]>`
    with known as (select id, status from managed_repos where slug = any(${wanted}::text[])),
    changed as (
      update managed_repos r set status = ${status}, updated_at = clock_timestamp()
      from known k
      where r.id = k.id and k.status is distinct from ${status}
        and (select count(*) from known) = ${wanted.length}
      returning r.id
    )
    select count(*)::int as known from known`;
  if ((row?.known ?? 0) < wanted.length) throw await unknownRepository(sql, wanted);
}
