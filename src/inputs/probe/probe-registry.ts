/** Probes the registry's inputs of any number of repositories with one statement. */
import { databaseError, type Sql } from '../../platform/sql.js';
import {
  type RegistryRow,
  type RegistrySnapshot,
  registryColumns,
  registryTables,
  toSnapshot,
} from './registry-columns.js';

type Fragment = ReturnType<typeof registryTables>;

/** A repository with the host that has claimed it as its home, if any, and what that host last saw. */
export interface RegistryProbe extends RegistrySnapshot {
  readonly claimedBy: string | null;
  /** The fingerprint that the home host last recorded. */
  readonly observed: string | null;
}

/**
 * Probes repositories in the order of their ids.
 * @param repoIds which ones; without it, all that are active
 * @throws {DoiError} `database_unavailable`, `schema_incompatible`
 */
export async function probeRegistry(sql: Sql, repoIds?: readonly string[]): Promise<RegistryProbe[]> {
  return select(
    sql,
    repoIds === undefined ? sql`r.status = 'active'` : sql`r.id = any(${repoIds as string[]}::uuid[])`,
  );
}

/** Probes all that are active and, whatever their status, all that a host has claimed: its beat vouches for these. */
export async function probeForWatch(sql: Sql, host: string): Promise<RegistryProbe[]> {
  return select(sql, sql`(r.status = 'active' or b.host = ${host})`);
}

/** The columns that {@link probeColumns} selects. */
export interface ProbeRow extends RegistryRow {
  claimed_by: string | null;
  observed: string | null;
}

/** The select list of a probe, as a fragment of a statement. Stands over {@link probeTables}. */
export function probeColumns(sql: Sql) {
  return sql`${registryColumns(sql)}, b.host as claimed_by, b.fingerprint as observed`;
}

/** The tables, with `managed_repos` as `r`. */
export function probeTables(sql: Sql) {
  return sql`${registryTables(sql)} left join doi_observation b on b.repo_id = r.id`;
}

/** Makes the probe of a row. */
export function toProbe(row: ProbeRow): RegistryProbe {
  return { ...toSnapshot(row), claimedBy: row.claimed_by, observed: row.observed };
}

async function select(sql: Sql, chosen: Fragment): Promise<RegistryProbe[]> {
  try {
    const rows = await sql<ProbeRow[]>`
      select ${probeColumns(sql)}
      from ${probeTables(sql)}
      where ${chosen}
      order by r.id`;
    return rows.map(toProbe);
  } catch (error) {
    throw databaseError(error);
  }
}
