/** Reads what is stored of repositories, with the registry's inputs as they are now, from one snapshot. */

import type { HostProblemAnswer } from '../../api/terms.js';
import type { ChangedInput } from '../../domain/evaluation.js';
import type { JudgedAt } from '../../domain/freshness.js';
import { databaseError, type Sql } from '../../platform/postgres/sql.js';
import {
  chosenRepositories,
  type RegistryRow,
  registryColumns,
  registryTables,
} from '../repositories/registry-columns.js';
import { FAILURE_STANDS } from './failures.js';
import { isOurs } from './read-last-evaluation.js';

/** A repository as the statement returns it. Times are ISO 8601 text. */
export interface StoredRow extends RegistryRow {
  /** The database's time just before this was read: what was committed until then is in it. */
  now: string;
  /** The database's time when the row was put out, which is later: for ages, and for what may not be still to come. */
  clock: string;
  tier: string | null;
  core_pass: boolean | null;
  standard_pass: boolean | null;
  full_pass: boolean | null;
  criteria: unknown;
  fingerprint: string | null;
  checked_at: string | null;
  ours: boolean;
  judged_at: JudgedAt | null;
  trigger: string | null;
  collapsed: Record<string, number> | null;
  changed: ChangedInput[] | null;
  ran: string[] | null;
  kept: string[] | null;
  duration_ms: number | null;
  durations_ms: Record<string, number> | null;
  evaluated_on: string | null;
  evaluated_updated: boolean | null;
  failure_code: string | null;
  failure_message: string;
  failure_remedy: string;
  failure_attempts: number;
  failure_since: string;
  failure_last_at: string;
  request_reason: string | null;
  request_state: 'queued' | 'running' | 'waiting';
  requested_at: string;
  request_forced: boolean;
  request_collapsed: Record<string, number> | null;
  request_until: string | null;
  pushed_branch: string | null;
  pushed_head: string | null;
  pushed_at: string | null;
  pushed_updated_at: string | null;
  claimed_by: string | null;
  observed: string | null;
  seen_at: string | null;
  heartbeat: string | null;
  /** What troubles the host that has claimed it; not read for many repositories at once. */
  trouble: HostProblemAnswer | null;
  /** The heartbeat and others with microseconds, to be compared with each other. */
  heartbeat_exact: string | null;
  recorded_at: string | null;
  checked_exact: string | null;
  /** Names the rows that were read, those of the registry apart: another one after any write to one of them. */
  stamp: string;
  /** The same with the rows of the registry; not read by slugs. */
  full_stamp: string | null;
}

export interface StoredQuery {
  /** Which repositories, active or not; without it, all that are active. */
  readonly slugs?: readonly string[];
  /** Of those that are active, which; not together with `slugs`. */
  readonly ids?: readonly string[];
  /** After this long a started request is taken to have lost its worker, in milliseconds. */
  readonly runningLimitMs: number;
}

/**
 * Reads stored rows. Locks nothing; expects the unique index on managed_repos(slug) and the primary keys of our tables.
 * @throws {DoiError} `database_unavailable`, `schema_incompatible`
 */
export async function readStoredRows(sql: Sql, query: StoredQuery): Promise<StoredRow[]> {
  const time = (column: string) =>
    sql`to_char(${sql(column)} at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')`;
  const micros = (column: string) =>
    sql`to_char(${sql(column)} at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')`;
  const { slugs, ids } = query;
  const active =
    ids === undefined
      ? sql`r.status = 'active'`
      : sql`r.status = 'active' and r.id = any(${ids as string[]}::uuid[])`;
  const chosen = slugs === undefined ? active : sql`r.slug = any(${slugs as string[]}::text[])`;
  try {
    return await sql<StoredRow[]>`
      select ${registryColumns(sql)},
        to_char(now() at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') as now,
        to_char(clock_timestamp() at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') as clock,
        c.tier, c.core_pass, c.standard_pass, c.full_pass, c.criteria, c.fingerprint,
        ${time('c.checked_at')} as checked_at, ${isOurs(sql)} as ours,
        e.judged_at, e.trigger, e.collapsed, e.changed, e.ran, e.kept, e.duration_ms,
        e.durations_ms, e.host as evaluated_on,
        e.updated as evaluated_updated,
        f.code as failure_code, f.message as failure_message, f.remedy as failure_remedy,
        f.attempts as failure_attempts, ${time('f.since')} as failure_since, ${time('f.last_at')} as failure_last_at,
        q.reason as request_reason, ${time('q.requested_at')} as requested_at, q.forced as request_forced,
        q.collapsed as request_collapsed,
        ${time('q.not_before')} as request_until, p.branch as pushed_branch, p.head as pushed_head,
        ${time('p.pushed_at')} as pushed_at, ${time('p.updated_at')} as pushed_updated_at,
        case
          when q.not_before > clock_timestamp() then 'waiting'
          when q.started_at > clock_timestamp() - ${query.runningLimitMs} * interval '1 millisecond' then 'running'
          else 'queued'
        end as request_state,
        b.host as claimed_by, b.fingerprint as observed, ${time('b.seen_at')} as seen_at,
        ${micros('b.recorded_at')} as recorded_at, ${micros('h.heartbeat')} as heartbeat_exact,
        ${micros('c.checked_at')} as checked_exact,
        ${time('h.heartbeat')} as heartbeat, ${slugs === undefined ? null : sql`h.trouble`} as trouble,
        ${stampOf(sql)} as stamp, ${slugs === undefined ? fullStampOf(sql) : null} as full_stamp
      from ${registryTables(sql, chosen)} ${storedTables(sql)}`;
  } catch (error) {
    throw databaseError(error);
  }
}

/**
 * Reads the stamps alone, which is much cheaper: what was read with the same one before still stands.
 * @returns one for each, in their order; undefined where the repository is gone
 */
export async function readRowVersions(sql: Sql, slugs: readonly string[]): Promise<(string | undefined)[]> {
  try {
    const rows = await sql<{ slug: string; stamp: string }[]>`
      select r.slug, ${stampOf(sql)} as stamp
      from ${chosenRepositories(sql, sql`r.slug = any(${slugs as string[]}::text[])`)} ${storedTables(sql)}`;
    const bySlug = new Map(rows.map(({ slug, stamp }) => [slug, stamp]));
    return slugs.map((slug) => bySlug.get(slug));
  } catch (error) {
    throw databaseError(error);
  }
}

/**
 * Reads the stamps of all active repositories, those of the registry's rows included, by repository id: what was read
 * with the same `full_stamp` before still stands.
 * @throws {DoiError} `database_unavailable`, `schema_incompatible`
 */
export async function readFullRowVersions(sql: Sql): Promise<Map<string, string>> {
  try {
    const rows = await sql<{ id: string; stamp: string }[]>`
      select r.id::text, ${fullStampOf(sql)} as stamp
      from ${registryTables(sql, sql`r.status = 'active'`)} ${storedTables(sql)}`;
    return new Map(rows.map(({ id, stamp }) => [id, stamp]));
  } catch (error) {
    throw databaseError(error);
  }
}

// Text that never changes, made once: put together from parts for each request, it took as long as the statement.
const STORED_TABLES = `
    left join doi_cache c on c.repo_id = r.id
    left join doi_evaluation e on e.repo_id = r.id
    left join doi_failure f on f.repo_id = r.id and ${FAILURE_STANDS}
    left join doi_request q on q.repo_id = r.id
    left join doi_push p on p.repo_id = r.id
    left join doi_observation b on b.repo_id = r.id
    left join doi_host h on h.host = b.host`;
const STAMP = namesOf(['c', 'e', 'f', 'q', 'p', 'b', 'h']);
const FULL_STAMP = `md5(${namesOf(['r', 'd', 'c', 'e', 'f', 'b'])} || '|' || coalesce(t.latest::text, '') || t.count
    || '|' || coalesce(g.latest::text, '') || coalesce(g.statuses, ''))`;

/** What is stored of a repository, to join to `managed_repos` as `r`. */
function storedTables(sql: Sql) {
  return sql.unsafe(STORED_TABLES);
}

/** Names the rows of ours that a report shows. */
function stampOf(sql: Sql) {
  return sql.unsafe(STAMP);
}

/** Names what an entry of the summary rests on but for the host's beat, the registry's rows included. */
function fullStampOf(sql: Sql) {
  return sql.unsafe(FULL_STAMP);
}

/** A version of a row is named by where it lies and by the transaction that wrote it (PostgreSQL manual, 5.6 System Columns). */
function namesOf(tables: readonly string[]): string {
  const names = tables.map((table) => ` || coalesce(${table}.ctid::text || ${table}.xmin::text, '-')`);
  // The same names can come again in a server that was restored, so its start belongs to them.
  return `extract(epoch from pg_postmaster_start_time())::text || ' ' || r.id::text${names.join('')}`;
}
