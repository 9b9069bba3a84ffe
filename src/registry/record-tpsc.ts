/**
 * Records a snapshot of a repository's third-party services, as a State Hub would.
 * Locks: the new row, and the repository against deletion. Index: the unique one on `managed_repos.slug`.
 */
import { randomUUID } from 'node:crypto';
import type { Sql } from '../platform/sql.js';
import { unknownRepository } from './unknown-repository.js';

/** Adds a snapshot taken now. @throws {DoiError} `unknown_repository`. */
export async function recordTpsc(sql: Sql, slug: string): Promise<void> {
  const rows = await sql`
    insert into tpsc_snapshots (id, repo_id, snapshot_at)
    select ${randomUUID()}::uuid, id, clock_timestamp() from managed_repos where slug = ${slug}
    returning id`;
  if (rows.length === 0) throw await unknownRepository(sql, [slug]);
}
