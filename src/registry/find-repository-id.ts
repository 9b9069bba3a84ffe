/** Finds a repository by its slug. */
import type { Sql } from '../platform/sql.js';
import { databaseError } from '../platform/sql.js';
import { unknownRepository } from './unknown-repository.js';

/** The id of a repository. Locks nothing. @throws {DoiError} `unknown_repository`, `database_unavailable` */
export async function findRepositoryId(sql: Sql, slug: string): Promise<string> {
  try {
    const [row] = await sql<{ id: string }[]>`select id::text from managed_repos where slug = ${slug}`;
    if (row !== undefined) return row.id;
  } catch (error) {
    throw databaseError(error);
  }
  throw await unknownRepository(sql, [slug]);
}
