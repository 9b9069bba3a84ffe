/** Checks that the tables which a State Hub may have created have every column that doi-worker reads. */
import { DoiError } from '../domain/errors.js';
import type { Sql } from '../platform/postgres/sql.js';

/** The columns that doi-worker reads, by table. `doi_cache` is included because a hub may have created that table. */
export const HUB_COLUMNS: Readonly<Record<string, readonly string[]>> = {
  domains: ['id', 'slug', 'name', 'status'],
  managed_repos: [
    'id',
    'domain_id',
    'slug',
    'name',
    'local_path',
    'remote_url',
    'host_paths',
    'status',
    'last_sbom_at',
    'created_at',
    'updated_at',
  ],
  repo_goals: ['id', 'repo_id', 'status', 'updated_at'],
  tpsc_snapshots: ['id', 'repo_id', 'snapshot_at'],
  doi_cache: [
    'id',
    'repo_id',
    'tier',
    'core_pass',
    'standard_pass',
    'full_pass',
    'criteria',
    'fingerprint',
    'checked_at',
    'updated_at',
  ],
};

/** @throws {DoiError} `schema_incompatible`, naming every missing table and column */
export async function checkHubSchema(sql: Sql): Promise<void> {
  const wanted = Object.entries(HUB_COLUMNS).flatMap(([table, columns]) =>
    columns.map((column) => ({ table, column })),
  );
  // to_regclass follows the search path, as the statements that read these tables do.
  const missing = await sql<{ table: string; columns: string[] | null }[]>`
    select wanted.table,
      case when to_regclass(wanted.table) is not null then array_agg(wanted.column order by wanted.column) end
        as columns
    from unnest(${wanted.map(({ table }) => table)}::text[], ${wanted.map(({ column }) => column)}::text[])
      as wanted ("table", "column")
    where not exists (
      select from pg_attribute
      where attrelid = to_regclass(wanted.table) and attname = wanted.column and attnum > 0 and not attisdropped)
    group by wanted.table order by wanted.table`;
  if (missing.length === 0) return;
  const parts = missing.map(({ table, columns }) =>
    columns === null ? `the table ${table}` : `${table}: ${columns.join(', ')}`,
  );
  throw new DoiError(
    'schema_incompatible',
    `The database lacks tables or columns of the State Hub that doi-worker reads: ${parts.join('; ')}.`,
    'Upgrade the State Hub to a release that has these, or give doi-worker a database of its own (DATABASE_URL).',
  );
}
