/**
 * Adds rows to `managed_repos`, all or none.
 * Locks: the new rows, and the domains they name against deletion. Index: the unique ones on the slugs.
 */
import type { Statements } from './statements.js';

export interface NewRepository {
  readonly id: string;
  readonly slug: string;
  readonly name: string;
  readonly domain: string;
  readonly remoteUrl: string | null;
  readonly hostPaths: Readonly<Record<string, string>>;
}

/** Inserts the repositories, each with the domain of that slug, which must exist. */
export async function insertRepositories(sql: Statements, rows: readonly NewRepository[]): Promise<void> {
  if (rows.length === 0) return;
  await sql`
    insert into managed_repos
      (id, domain_id, slug, name, remote_url, host_paths, status, created_at, updated_at)
    select n.id, d.id, n.slug, n.name, n."remoteUrl", n."hostPaths", 'active', clock_timestamp(), clock_timestamp()
    from json_to_recordset(${sql.json(rows as never)}::json)
      as n (id uuid, slug text, name text, domain text, "remoteUrl" text, "hostPaths" json)
    left join domains d on d.slug = n.domain`;
}
