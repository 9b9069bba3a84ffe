/**
 * Records that a repository's software bill of materials was ingested, as a State Hub would.
 * Locks: the row it changes. Index: the unique one on `managed_repos.slug`.
 */
import type { Sql } from '../platform/sql.js';
import { unknownRepository } from './unknown-repository.js';

/** Sets `last_sbom_at` to now. @throws {DoiError} `unknown_repository`. */
export async function recordSbom(sql: Sql, slug: string): Promise<void> {
  const rows = await sql`
    update managed_repos set last_sbom_at = clock_timestamp(), updated_at = clock_timestamp()
    where slug = ${slug} returning id`;
  if (rows.length === 0) throw await unknownRepository(sql, [slug]);
}
