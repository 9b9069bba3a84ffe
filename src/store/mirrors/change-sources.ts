/** Changes how the content of a registered repository gets to its host: the branch that is judged, and the end of a mirror. */
import type { Statements } from '../../platform/postgres/sql.js';

/** What the last contacts found counts no more, in the set list of an update of `doi_source`; the mirror stays as it is. */
function noContact(sql: Statements) {
  return sql`contacted_at = null, contact_head = null, failed_since = null, failed_at = null, attempts = 0, failure = null`;
}

/** As if the remote had never been contacted, in the set list of an update of `doi_source`. */
export function neverContacted(sql: Statements) {
  return sql`${noContact(sql)}, first_bytes = null, bytes = null`;
}

/** Another address, or another branch, of a mirror. */
export interface Retarget {
  readonly repoId: string;
  /** The branch to judge from now on; null for the default branch. */
  readonly branch: string | null;
  /** The server of the remote from now on. */
  readonly server: string | null;
  /** Whether it stays the repository that a forge listed, so that its id there is kept. */
  readonly keepsForge: boolean;
}

/**
 * Stores another address or branch of mirrors: the last contact says nothing of it, so each is due at once.
 * Does nothing for a repository that has no mirror.
 * Locks: the rows that it writes. Index: the primary key of `doi_source`.
 */
export async function retargetMirrors(sql: Statements, changes: readonly Retarget[]): Promise<void> {
  if (changes.length === 0) return;
  await sql`
    update doi_source s set branch = c.branch, server = c.server, due_at = clock_timestamp(), ${noContact(sql)},
      forge = case when c."keepsForge" then s.forge end, forge_id = case when c."keepsForge" then s.forge_id end
    from json_to_recordset(${sql.json(changes as never)}::json)
      as c ("repoId" uuid, branch text, server text, "keepsForge" boolean)
    where s.repo_id = c."repoId" and s.mirror_host is not null`;
}

/**
 * Stores which branch of a bare repository is judged. A mirror is due to be contacted at once: it has fetched only the
 * branch of before.
 * Locks: the row that it writes, and its repository against deletion. Index: the unique one on `managed_repos.slug`.
 * @param branch null for the one that HEAD names
 * @returns whether that is another branch than before
 */
export async function storeBranch(sql: Statements, slug: string, branch: string | null): Promise<boolean> {
  const changed = await sql`
    insert into doi_source as s (repo_id, branch)
    select r.id, ${branch}::text from managed_repos r
    where r.slug = ${slug}
      and (${branch}::text is not null or exists (select from doi_source o where o.repo_id = r.id))
    on conflict (repo_id) do update set branch = excluded.branch,
      due_at = case when s.mirror_host is not null then clock_timestamp() end,
      ${noContact(sql)}
      where s.branch is distinct from excluded.branch
    returning repo_id`;
  return changed.length > 0;
}

/**
 * Ends the mirror that a host keeps of a repository: from now on a person's own folder is judged there, which no fetch may
 * write to.
 * Locks: the row that it writes. Index: the primary key of `doi_source`.
 */
export async function endMirror(sql: Statements, repoId: string, host: string): Promise<void> {
  await sql`
    update doi_source set mirror_host = null, server = null, due_at = null, ${neverContacted(sql)}
    where repo_id = ${repoId} and mirror_host = ${host}`;
}
