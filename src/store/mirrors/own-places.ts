/** Keeps the registry right about the mirrors of a host: where they lie. */
import { type Sql, statement } from '../../platform/postgres/sql.js';
import { neverContacted } from './change-sources.js';

/**
 * The mirrors of a host whose path is that of a mirror, in another folder than the given one: DOI_MIRRORS or the identity of
 * the database was changed. Any other path is a folder of a person or of another program, which stays.
 */
function misplaced(sql: Sql, host: string, folder: string) {
  const path = sql`r.host_paths::jsonb ->> src.mirror_host`;
  return sql`
    src.mirror_host = ${host} and json_typeof(r.host_paths::json) = 'object'
    and ${path} <> ${folder}::text || '/' || r.id || '.git'
    and ${path} ~ ('^/(?:.*/)?[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/' || r.id || '[.]git$')`;
}

/**
 * The other folders than the given one in which a host has mirrors, by the registry. Locks nothing.
 * @throws {DoiError} `database_unavailable`
 */
export async function findOtherFolders(sql: Sql, host: string, folder: string): Promise<string[]> {
  const rows = await statement(sql<{ folder: string }[]>`
    select distinct regexp_replace(r.host_paths::jsonb ->> src.mirror_host, '/[^/]*$', '') as folder
    from doi_source src join managed_repos r on r.id = src.repo_id
    where ${misplaced(sql, host, folder)} order by 1`);
  return rows.map((row) => row.folder);
}

/**
 * Has the registry name the given folder as the place of a host's mirrors. Those that had another are due at once, to be made
 * there. What this host observed of them is of the former place, and a worker that sees the new one must not take that for
 * another worker's checkout. Locks the rows of managed_repos in the order of their ids, then those of doi_source and doi_observation.
 * @returns how many had another
 * @throws {DoiError} `database_unavailable`
 */
export async function moveMirrors(sql: Sql, host: string, folder: string): Promise<number> {
  const [row] = await statement(sql<{ moved: number }[]>`
    with held as materialized (
      select r.id from managed_repos r join doi_source src on src.repo_id = r.id
      where ${misplaced(sql, host, folder)} order by r.id for update of r
    ), placed as (
      update managed_repos r set updated_at = clock_timestamp(),
        host_paths = (r.host_paths::jsonb || jsonb_build_object(${host}::text, ${folder}::text || '/' || r.id || '.git'))::json
      from held where r.id = held.id
    ), due as (
      update doi_source src set due_at = clock_timestamp(), ${neverContacted(sql)}
      from held where src.repo_id = held.id
    ), seen as (
      update doi_observation b set fingerprint = null, head = null, head_at = null, since = clock_timestamp()
      from held where b.repo_id = held.id and b.host = ${host}
    )
    select count(*)::int as moved from held`);
  return row?.moved ?? 0;
}

/** The mirrors of a host that have another address than that of their last contact. Locks nothing. @throws as above */
export async function findReaddressed(
  sql: Sql,
  host: string,
): Promise<{ readonly repoId: string; readonly url: string; readonly server: string }[]> {
  return await statement(sql<{ repoId: string; url: string; server: string }[]>`
    select r.id::text as "repoId", r.remote_url as url, coalesce(src.server, '') as server
    from doi_source src join managed_repos r on r.id = src.repo_id and r.remote_url is not null
    where src.mirror_host = ${host} and src.contact_url is distinct from r.remote_url`);
}

/**
 * Stores the server of a mirror's address; what failed at the server of before counts no more. Locks its row of doi_source.
 * @param mirror `url`: the address that was read; where the registry has another one by now, nothing is stored
 * @throws {DoiError} `database_unavailable`
 */
export async function storeServer(
  sql: Sql,
  { repoId, host, url, server }: Record<'repoId' | 'host' | 'url' | 'server', string>,
): Promise<void> {
  await statement(sql`
    update doi_source src set
      server = ${server}, failed_since = null, failed_at = null, attempts = 0, failure = null
    from managed_repos r
    where src.repo_id = ${repoId} and src.mirror_host = ${host} and r.id = src.repo_id and r.remote_url = ${url}`);
}
