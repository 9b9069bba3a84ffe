/** How the content of repositories gets to their hosts: columns of `doi_source` that reads of a repository join. */
import type { Source } from '../../domain/remote-state.js';
import { iso, type Sql } from '../../platform/postgres/sql.js';

/** The columns that {@link sourceColumns} selects. */
export interface SourceRow {
  observed_head: string | null;
  observed_head_at: string | null;
  source_id: string | null;
  source_branch: string | null;
  mirror_host: string | null;
  contacted_at: string | null;
  contacted_before: string | null;
  contact_head: string | null;
}

/** A contact with another address than the registry's of now says nothing of it. Stands over `managed_repos r`, `doi_source src`. */
export const CONTACTED_AT = 'case when src.contact_url = r.remote_url then src.contacted_at end';

/** The select list of a source, with the commit that the home host observed. Stands over `doi_source src`, `doi_observation b`. */
export function sourceColumns(sql: Sql) {
  return sql`b.head as observed_head, ${iso(sql, 'b.head_at')} as observed_head_at,
    src.repo_id::text as source_id, src.branch as source_branch, src.mirror_host,
    ${iso(sql, CONTACTED_AT, 'US')} as contacted_at, ${iso(sql, 'src.contacted_before', 'US')} as contacted_before,
    src.contact_head`;
}

/** Makes the source of a row; null for a working folder. */
export function toSource(row: SourceRow): {
  readonly source: Source | null;
  readonly observedHead: string | null;
  readonly observedHeadAt: string | null;
} {
  const { source_branch: branch, mirror_host: mirrorHost } = row;
  const source = { branch, mirrorHost, contactedAt: row.contacted_at, contactHead: row.contact_head };
  const contactedBefore = row.contacted_before;
  return {
    source: row.source_id === null ? null : { ...source, contactedBefore },
    observedHead: row.observed_head,
    observedHeadAt: row.observed_head_at,
  };
}
