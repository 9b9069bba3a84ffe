/** Lists the registered repositories, with the time of each row's last change. */
import type { Sql } from '../../src/platform/postgres/sql.js';
import { type Registration, readRegistrations } from '../../src/registry/rows.js';

/** All registered repositories by slug; archived ones only on request. */
export async function listRepositories(
  sql: Sql,
  options: { readonly domain?: string; readonly archived?: boolean } = {},
): Promise<(Registration & { readonly updatedAt: string })[]> {
  const rows = await sql<
    { slug: string; at: string }[]
  >`select slug, updated_at::text as at from managed_repos`;
  const times = new Map(rows.map(({ slug, at }) => [slug, at]));
  const all = await readRegistrations(sql);
  return all
    .filter(
      ({ status, domainSlug }) =>
        (options.archived === true || status !== 'archived') &&
        (options.domain === undefined || domainSlug === options.domain),
    )
    .map((row) => ({ ...row, updatedAt: times.get(row.slug) ?? '' }));
}
