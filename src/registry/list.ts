/** Lists the registered repositories. */
import type { Sql } from '../platform/sql.js';
import { type Registration, readRegistrations } from './read-registrations.js';

/** All registered repositories by slug; archived ones only where asked for. */
export async function listRepositories(
  sql: Sql,
  options: { readonly domain?: string; readonly archived?: boolean } = {},
): Promise<Registration[]> {
  const all = await readRegistrations(sql);
  return all.filter(
    ({ status, domainSlug }) =>
      (options.archived === true || status !== 'archived') &&
      (options.domain === undefined || domainSlug === options.domain),
  );
}
