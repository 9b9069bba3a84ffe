/** Finds the hosts to wake for repositories: by two columns, without the registry's versions. */
import { likelyHome } from '../../domain/home.js';
import { type Sql, statement } from '../../platform/postgres/sql.js';
import { parseHostPaths } from './registry-columns.js';

export interface RepositoryHome {
  readonly repoId: string;
  readonly slug: string;
  /** `active` ones are evaluated. */
  readonly status: string;
  /** The home host; where none is known, one that may claim the repository. */
  readonly host: string;
}

/**
 * Finds homes; a repository that is gone is left out. Locks nothing. Index: the primary keys, and that of `slug`.
 * @param which the repositories: by id or by slug
 * @param host this host, which goes before all others that may claim a repository
 * @throws {DoiError} `database_unavailable`, `schema_incompatible`
 */
export async function findHomes(
  sql: Sql,
  which: { readonly repoIds: readonly string[] } | { readonly slug: string },
  host: string,
): Promise<RepositoryHome[]> {
  const chosen =
    'slug' in which ? sql`r.slug = ${which.slug}` : sql`r.id = any(${which.repoIds as string[]}::uuid[])`;
  const rows = await statement(sql<Row[]>`
    select r.id::text as "repoId", r.slug, coalesce(r.status, '') as status, r.host_paths::text as "hostPaths",
      b.host as "claimedBy"
    from managed_repos r left join doi_observation b on b.repo_id = r.id
    where ${chosen}
    order by r.id`);
  return rows.map(({ hostPaths, claimedBy, ...row }) => {
    const repo = { hostPaths: parseHostPaths(hostPaths), localPath: null };
    return { ...row, host: likelyHome(repo, claimedBy, host) };
  });
}

interface Row extends Omit<RepositoryHome, 'host'> {
  readonly hostPaths: string | null;
  readonly claimedBy: string | null;
}
