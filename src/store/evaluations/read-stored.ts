/** Reads what is stored of repositories, with the registry's inputs as they are now, from one snapshot. */
import type { HostProblemAnswer } from '../../api/terms.js';
import type { ChangedInput } from '../../domain/evaluation.js';
import type { JudgedAt } from '../../domain/freshness.js';
import { iso, type Sql, statement } from '../../platform/postgres/sql.js';
import type { ContactProblem } from '../mirrors/contacts.js';
import { type SourceRow, sourceColumns } from '../mirrors/sources.js';
import {
  chosenRepositories,
  type RegistryRow,
  registryColumns,
  registryTables,
} from '../repositories/registry-columns.js';
import { type RequestState, requestState } from '../requests/find-requests.js';
import { FAILURE_STANDS } from './failures.js';
import { isOurs } from './foreign-rows.js';

/** A repository as the statement returns it. Times are ISO 8601 text. */
export interface StoredRow extends RegistryRow, SourceRow {
  /** The database's time just before the snapshot: the row shows everything that was committed until then. */
  now: string;
  /** The database's time when the row was output, which is later: for ages, and to find times that lie in the future. */
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
  /** Why the last contact with the remote of a mirror failed, and for how long contacts have failed in a row. */
  contact_failure: ContactProblem | null;
  contact_attempts: number;
  contact_since: string;
  contact_last_at: string;
  /** The same of the server of that remote, for its host; not read for many repositories at once. */
  server_problem: ContactProblem | null;
  server_attempts: number;
  server_since: string;
  server_last_at: string;
  request_reason: string | null;
  request_state: RequestState;
  requested_at: string;
  request_forced: boolean;
  request_collapsed: Record<string, number> | null;
  request_until: string | null;
  pushed_branch: string | null;
  pushed_head: string | null;
  pushed_at: string | null;
  /** With microseconds, to be compared with `contacted_at`. */
  pushed_exact: string | null;
  pushed_updated_at: string | null;
  claimed_by: string | null;
  observed: string | null;
  seen_at: string | null;
  heartbeat: string | null;
  /** The problem of the host that has claimed it; not read for many repositories at once. */
  trouble: HostProblemAnswer | null;
  /** With microseconds, like the two below, because these times are compared with each other. */
  heartbeat_exact: string | null;
  recorded_at: string | null;
  checked_exact: string | null;
  /** Changes with any write to a row that was read, those of the registry excepted. */
  row_version: string;
  /** The same for the rows of the registry too; null where the query names slugs. */
  full_row_version: string | null;
}

export interface StoredQuery {
  /** These repositories, active or not; without it, all active ones. */
  readonly slugs?: readonly string[];
  /** Only these of the active ones; not together with `slugs`. */
  readonly ids?: readonly string[];
  /** After this long a started request is taken to have lost its worker, in milliseconds. */
  readonly runningLimitMs: number;
}

/**
 * Reads stored rows. Locks nothing; expects the unique index on managed_repos(slug) and the primary keys of our tables.
 * @throws {DoiError} `database_unavailable`, `schema_incompatible`
 */
export async function readStoredRows(sql: Sql, query: StoredQuery): Promise<StoredRow[]> {
  const { slugs, ids } = query;
  const active =
    ids === undefined
      ? sql`r.status = 'active'`
      : sql`r.status = 'active' and r.id = any(${ids as string[]}::uuid[])`;
  const chosen = slugs === undefined ? active : sql`r.slug = any(${slugs as string[]}::text[])`;
  return await statement(sql<StoredRow[]>`
    select ${registryColumns(sql)},
      ${iso(sql, 'now()')} as now,
      ${iso(sql, 'clock_timestamp()')} as clock,
      c.tier, c.core_pass, c.standard_pass, c.full_pass, c.criteria, c.fingerprint,
      ${iso(sql, 'c.checked_at')} as checked_at, ${isOurs(sql)} as ours,
      e.judged_at, e.trigger, e.collapsed, e.changed, e.ran, e.kept, e.duration_ms,
      e.durations_ms, e.host as evaluated_on,
      e.updated as evaluated_updated,
      f.code as failure_code, f.message as failure_message, f.remedy as failure_remedy,
      f.attempts as failure_attempts, ${iso(sql, 'f.since')} as failure_since, ${iso(sql, 'f.last_at')} as failure_last_at,
      case when src.mirror_host is not null then src.failure end as contact_failure, src.attempts as contact_attempts,
      ${iso(sql, 'src.failed_since')} as contact_since, ${iso(sql, 'src.failed_at')} as contact_last_at,
      ${slugs === undefined ? null : sql`v.problem`} as server_problem, v.attempts as server_attempts,
      ${iso(sql, 'v.since')} as server_since, ${iso(sql, 'v.said_at')} as server_last_at,
      q.reason as request_reason, ${iso(sql, 'q.requested_at')} as requested_at, q.forced as request_forced,
      q.collapsed as request_collapsed,
      ${iso(sql, 'q.not_before')} as request_until, p.branch as pushed_branch, p.head as pushed_head,
      ${sourceColumns(sql)}, ${iso(sql, 'p.pushed_at', 'US')} as pushed_exact,
      ${iso(sql, 'p.pushed_at')} as pushed_at, ${iso(sql, 'p.updated_at')} as pushed_updated_at,
      ${requestState(sql, query.runningLimitMs)} as request_state,
      b.host as claimed_by, b.fingerprint as observed, ${iso(sql, 'b.seen_at')} as seen_at,
      ${iso(sql, 'b.recorded_at', 'US')} as recorded_at, ${iso(sql, 'h.heartbeat', 'US')} as heartbeat_exact,
      ${iso(sql, 'c.checked_at', 'US')} as checked_exact,
      ${iso(sql, 'h.heartbeat')} as heartbeat, ${slugs === undefined ? null : sql`h.trouble`} as trouble,
      ${rowVersion(sql)} as row_version, ${slugs === undefined ? fullRowVersion(sql) : null} as full_row_version
    from ${registryTables(sql, chosen)} ${storedTables(sql)}`);
}

/**
 * Reads the row versions alone, which is much cheaper: a row that was read before with the same version still stands.
 * @returns one for each, in their order; undefined where the repository was unregistered
 */
export async function readRowVersions(sql: Sql, slugs: readonly string[]): Promise<(string | undefined)[]> {
  const rows = await statement(sql<{ slug: string; row_version: string }[]>`
    select r.slug, ${rowVersion(sql)} as row_version
    from ${chosenRepositories(sql, sql`r.slug = any(${slugs as string[]}::text[])`)} ${storedTables(sql)}`);
  const bySlug = new Map(rows.map(({ slug, row_version }) => [slug, row_version]));
  return slugs.map((slug) => bySlug.get(slug));
}

/**
 * Reads the versions of all active repositories by id, the registry's rows included: a row that was read before with the
 * same `full_row_version` still stands.
 * @throws {DoiError} `database_unavailable`, `schema_incompatible`
 */
export async function readFullRowVersions(sql: Sql): Promise<Map<string, string>> {
  const rows = await statement(sql<{ id: string; full_row_version: string }[]>`
    select r.id::text, ${fullRowVersion(sql)} as full_row_version
    from ${registryTables(sql, sql`r.status = 'active'`)} ${storedTables(sql)}`);
  return new Map(rows.map(({ id, full_row_version }) => [id, full_row_version]));
}

// Text that never changes, put together once: doing that for each HTTP request took as long as the statement itself.
const STORED_TABLES = `
    left join doi_cache c on c.repo_id = r.id
    left join doi_evaluation e on e.repo_id = r.id
    left join doi_failure f on f.repo_id = r.id and ${FAILURE_STANDS}
    left join doi_request q on q.repo_id = r.id
    left join doi_push p on p.repo_id = r.id
    left join doi_source src on src.repo_id = r.id
    left join doi_server v on v.host = src.mirror_host and v.server = src.server
    left join doi_observation b on b.repo_id = r.id
    left join doi_host h on h.host = b.host`;
// The problem of a server is one problem: it is no change of each repository, so that the summary's version is without it.
const ROW_VERSION = versionOf(['c', 'e', 'f', 'q', 'p', 'src', 'v', 'b', 'h']);
const FULL_ROW_VERSION = `md5(${versionOf(['r', 'd', 'c', 'e', 'f', 'p', 'src', 'b'])} || '|' || coalesce(t.latest::text, '') || t.count
    || '|' || coalesce(g.latest::text, '') || coalesce(g.statuses, ''))`;

/** What is stored of a repository, to join to `managed_repos` as `r`. */
function storedTables(sql: Sql) {
  return sql.unsafe(STORED_TABLES);
}

/** The version of the rows of ours that a report shows. */
function rowVersion(sql: Sql) {
  return sql.unsafe(ROW_VERSION);
}

/** The version of what an entry of the summary rests on, the registry's rows included, without the host's heartbeat. */
function fullRowVersion(sql: Sql) {
  return sql.unsafe(FULL_ROW_VERSION);
}

/** PostgreSQL names a version of a row by its place and by the transaction that wrote it (manual, 5.6 System Columns). */
function versionOf(tables: readonly string[]): string {
  const names = tables.map((table) => ` || coalesce(${table}.ctid::text || ${table}.xmin::text, '-')`);
  // A restored server can give the same names again, so the time of its start belongs to them.
  return `extract(epoch from pg_postmaster_start_time())::text || ' ' || r.id::text${names.join('')}`;
}
