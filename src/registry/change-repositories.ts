/**
 * Changes what registering may change of rows that are there: a host's path, the remote, the domain.
 * Locks: the rows it changes, and the domains they name against deletion. Index: the primary key of `managed_repos`.
 */
import type { Statements } from './statements.js';

/** A change of one row; null leaves what it stands for as it is. */
export interface RepositoryChange {
  readonly id: string;
  readonly host: string;
  readonly path: string | null;
  readonly remoteUrl: string | null;
  /** The slug of a domain that exists. */
  readonly domain: string | null;
}

/** Applies all of the changes; the paths on other hosts stay as they are. */
export async function changeRepositories(
  sql: Statements,
  changes: readonly RepositoryChange[],
): Promise<void> {
  if (changes.length === 0) return;
  await sql`
    update managed_repos r set
      host_paths = case when c.path is null then r.host_paths else (
        (case when json_typeof(r.host_paths::json) = 'object' then r.host_paths::jsonb else '{}' end)
        || jsonb_build_object(c.host, c.path))::json end,
      remote_url = coalesce(c."remoteUrl", r.remote_url),
      domain_id = coalesce((select d.id from domains d where d.slug = c.domain), r.domain_id),
      updated_at = clock_timestamp()
    from json_to_recordset(${sql.json(changes as never)}::json)
      as c (id uuid, host text, path text, "remoteUrl" text, domain text)
    where r.id = c.id`;
}
