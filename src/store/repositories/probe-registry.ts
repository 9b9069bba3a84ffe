/** Probes the registry's inputs of any number of repositories with one statement. */

import type { Source } from '../../domain/remote-state.js';
import { iso, type Sql, statement } from '../../platform/postgres/sql.js';
import { incarnation } from '../installation.js';
import { type SourceRow, sourceColumns, toSource } from '../mirrors/sources.js';
import {
  type RegistryRow,
  type RegistrySnapshot,
  registryColumns,
  registryTables,
  toSnapshot,
} from './registry-columns.js';

type Fragment = Parameters<typeof registryTables>[1];

/** The registry's inputs of a repository, with its claim and what the home host last observed. */
export interface RegistryProbe extends RegistrySnapshot {
  readonly claimedBy: string | null;
  /** The fingerprint that the home host last recorded. */
  readonly observed: string | null;
  /** The commit of that fingerprint; null for a working folder. */
  readonly observedHead: string | null;
  /** The time of that commit, in ISO 8601. */
  readonly observedHeadAt: string | null;
  /** How its content gets to its host; null for a working folder. */
  readonly source: Source | null;
  /** The database's time just before the snapshot, in ISO 8601 with microseconds. */
  readonly readAt: string;
  /** The name of this life of the database. */
  readonly incarnation: string;
}

/**
 * Probes repositories in the order of their ids.
 * @param repoIds without it, all active repositories
 * @throws {DoiError} `database_unavailable`, `schema_incompatible`
 */
export async function probeRegistry(sql: Sql, repoIds?: readonly string[]): Promise<RegistryProbe[]> {
  return select(
    sql,
    repoIds === undefined ? sql`r.status = 'active'` : sql`r.id = any(${repoIds as string[]}::uuid[])`,
  );
}

/** Lists all active repositories and, whatever their status, all that a host has claimed: its heartbeat covers these. */
export async function listForWatch(
  sql: Sql,
  host: string,
): Promise<{ readonly repoIds: readonly string[]; readonly incarnation: string }> {
  const [row] = await statement(sql<{ ids: string[]; incarnation: string }[]>`
    select coalesce(json_agg(r.id::text order by r.id), '[]') as ids, ${incarnation(sql)} as incarnation
    from managed_repos r
    left join doi_observation b on b.repo_id = r.id
    where r.status = 'active' or b.host = ${host}`);
  return { repoIds: row?.ids ?? [], incarnation: row?.incarnation ?? '' };
}

/** The columns that {@link probeColumns} selects. */
export interface ProbeRow extends RegistryRow, SourceRow {
  claimed_by: string | null;
  observed: string | null;
  read_at: string;
  incarnation: string;
}

/** The select list of a probe, as a fragment of a statement. Stands over {@link probeTables}. */
export function probeColumns(sql: Sql) {
  // The statement is its own transaction, so that now() is before its snapshot; clock_timestamp() would be after it.
  return sql`${registryColumns(sql)}, b.host as claimed_by, b.fingerprint as observed,
    ${sourceColumns(sql)},
    ${iso(sql, 'now()', 'US')} as read_at,
    ${incarnation(sql)} as incarnation`;
}

/** The tables, with the repositories that meet the condition `chosen` as `r`. */
export function probeTables(sql: Sql, chosen: Fragment) {
  return sql`${registryTables(sql, chosen)} left join doi_observation b on b.repo_id = r.id
    left join doi_source src on src.repo_id = r.id`;
}

/** Makes the probe of a row. */
export function toProbe(row: ProbeRow): RegistryProbe {
  const { claimed_by: claimedBy, observed, read_at: readAt, incarnation: name } = row;
  return { ...toSnapshot(row), ...toSource(row), claimedBy, observed, readAt, incarnation: name };
}

async function select(sql: Sql, chosen: Fragment): Promise<RegistryProbe[]> {
  const rows = await statement(sql<ProbeRow[]>`
    select ${probeColumns(sql)}
    from ${probeTables(sql, chosen)}
    order by r.id`);
  return rows.map(toProbe);
}
