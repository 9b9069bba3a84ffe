/** The registry's inputs as columns of a statement, so that versions and values come from one snapshot. */
import { z } from 'zod';
import type { DomainColumns, RegistryKey, RepoColumns } from '../../domain/input.js';
import { iso, type Sql } from '../../platform/postgres/sql.js';

/** The registry's inputs of one repository. */
export interface RegistrySnapshot {
  readonly repoId: string;
  readonly slug: string;
  /** Only repositories with the status `active` are evaluated. */
  readonly status: string;
  readonly versions: Readonly<Record<RegistryKey, string>>;
  readonly repo: RepoColumns;
  readonly domain: DomainColumns | null;
  readonly tpsc: { readonly snapshots: number };
  readonly goal: { readonly active: number };
}

/** The row that {@link registryColumns} selects. */
export interface RegistryRow {
  repo_id: string;
  slug: string;
  name: string;
  status: string;
  domain_id: string | null;
  local_path: string | null;
  remote_url: string | null;
  host_paths: string | null;
  last_sbom_at: string | null;
  domain_slug: string | null;
  domain_status: string | null;
  tpsc_count: number;
  goals_active: number;
  repo_version: string;
  tpsc_version: string;
  goal_version: string;
}

/** The select list. Stands over {@link registryTables}. */
export function registryColumns(sql: Sql) {
  // For infinite times, which have no ISO 8601 form, PostgreSQL's own text.
  const time = (column: string) => sql`coalesce(${iso(sql, column, 'US')}, ${sql(column)}::text)`;
  const digest = (fragment: ReturnType<typeof time>) =>
    sql`left(encode(sha256(convert_to(${fragment}, 'UTF8')), 'hex'), 16)`;
  const used = sql`json_build_array(r.slug, r.name, r.domain_id, r.local_path, r.remote_url, r.host_paths::text,
    ${time('r.last_sbom_at')}, r.status)::text`;
  return sql`
    r.id::text as repo_id, r.slug, coalesce(r.name, '') as name, coalesce(r.status, '') as status, r.domain_id::text, r.local_path, r.remote_url,
    r.host_paths::text as host_paths, ${time('r.last_sbom_at')} as last_sbom_at,
    d.slug as domain_slug, d.status as domain_status, t.count as tpsc_count, g.active as goals_active,
    coalesce(${time('r.updated_at')}, 'none') || '#' || ${digest(used)} as repo_version,
    coalesce(${time('t.latest')}, 'none') || '#' || t.count as tpsc_version,
    coalesce(${time('g.latest')}, 'none') || '#' || ${digest(sql`coalesce(g.statuses, '')`)} as goal_version`;
}

type Fragment = ReturnType<typeof registryColumns>;

/**
 * The repositories that meet the condition `chosen`, as `r`, to join further tables to. OFFSET 0 keeps PostgreSQL from
 * flattening the subselect: it would see that our tables refer to `managed_repos`, and for tables that were never analysed
 * its estimate multiplied the rows with each join, 200 repositories to 200,000, and it chose a plan for that many.
 */
export function chosenRepositories(sql: Sql, chosen: Fragment) {
  return sql`(select r.ctid, r.xmin, r.* from managed_repos r where ${chosen} offset 0) r`;
}

/** The tables, with the repositories that meet the condition `chosen` as `r`. */
export function registryTables(sql: Sql, chosen: Fragment) {
  return sql`
    ${chosenRepositories(sql, chosen)}
    left join domains d on d.id = r.domain_id
    cross join lateral (
      select max(s.snapshot_at) as latest, count(*)::int as count from tpsc_snapshots s where s.repo_id = r.id
    ) t
    cross join lateral (
      select max(o.updated_at) as latest, (count(*) filter (where o.status = 'active'))::int as active,
        string_agg(o.id::text || '=' || coalesce(o.status, ''), ',' order by o.id) as statuses
      from repo_goals o where o.repo_id = r.id
    ) g`;
}

/** Makes the snapshot of a row. */
export function toSnapshot(row: RegistryRow): RegistrySnapshot {
  const domain = row.domain_slug === null ? null : { slug: row.domain_slug, status: row.domain_status ?? '' };
  return {
    repoId: row.repo_id,
    slug: row.slug,
    status: row.status,
    versions: {
      repo: row.repo_version,
      tpsc: row.tpsc_version,
      goal: row.goal_version,
      // A JSON list, because a slug of the hub may hold any character.
      domain: domain === null ? 'none' : JSON.stringify([domain.slug, domain.status]),
    },
    repo: {
      slug: row.slug,
      name: row.name,
      domainId: row.domain_id,
      localPath: row.local_path,
      remoteUrl: row.remote_url,
      hostPaths: parseHostPaths(row.host_paths),
      lastSbomAt: row.last_sbom_at,
    },
    domain,
    tpsc: { snapshots: row.tpsc_count },
    goal: { active: row.goals_active },
  };
}

const hostPathsSchema = z.record(z.string(), z.string());

/** Anything but a map of texts names no host: the criterion on host paths says so. */
export function parseHostPaths(text: string | null): Readonly<Record<string, string>> {
  if (text === null) return {};
  // Its column has the type json, so it parses.
  const parsed = hostPathsSchema.safeParse(JSON.parse(text));
  return parsed.success ? parsed.data : {};
}
