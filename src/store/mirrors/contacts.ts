/** Claims the mirrors whose remotes are due for a contact, and records how contacts ended. */
import { iso, type Sql, statement } from '../../platform/postgres/sql.js';

/** A mirror, as a contact needs it. */
export interface Mirror {
  readonly repoId: string;
  readonly slug: string;
  /** The remote, without credentials. */
  readonly url: string;
  /** The branch that a person named; null for the remote's default. */
  readonly branch: string | null;
  /** The mirror's folder on its host. */
  readonly path: string;
  readonly server: string;
  /** How often in a row a contact has failed. */
  readonly attempts: number;
  /** The size when it was made, in bytes; null before the first contact. */
  readonly firstBytes: number | null;
  /** When the last successful contact began, in ISO 8601 with microseconds; null before it. */
  readonly contactedAt: string | null;
  /** Whether a push was stored since then. */
  readonly isPushed: boolean;
  /** How long the host leaves this server alone, in milliseconds; not positive where it need not. */
  readonly serverWaitMs: number;
}

function mirrorColumns(sql: Sql) {
  return sql`
    src.repo_id::text as "repoId", r.slug, r.remote_url as url, src.branch,
    r.host_paths::jsonb ->> src.mirror_host as path, coalesce(src.server, '') as server, src.attempts,
    src.first_bytes::float8 as "firstBytes", ${iso(sql, 'src.contacted_at', 'US')} as "contactedAt",
    coalesce(p.pushed_at >= coalesce(src.contacted_at, '-infinity'), false) as "isPushed",
    coalesce(extract(epoch from v.retry_at - clock_timestamp())::float8 * 1000, 0) as "serverWaitMs"`;
}

/** The tables of {@link mirrorColumns}: the mirrors that a host keeps of active repositories. */
function mirrorTables(sql: Sql, host: string) {
  return sql`
    doi_source src
    join managed_repos r on r.id = src.repo_id and r.status = 'active' and r.remote_url is not null
      and json_typeof(r.host_paths::json) = 'object' and r.host_paths::jsonb ->> src.mirror_host is not null
    left join doi_push p on p.repo_id = src.repo_id
    left join doi_server v on v.host = src.mirror_host and v.server = src.server
    where src.mirror_host = ${host}`;
}

/**
 * The mirror that a host keeps of a repository. Locks nothing; reads by primary keys.
 * @returns undefined where the host keeps none
 * @throws {DoiError} `database_unavailable`
 */
export async function readMirror(sql: Sql, repoId: string, host: string): Promise<Mirror | undefined> {
  const [row] = await statement(sql<Mirror[]>`
    select ${mirrorColumns(sql)} from ${mirrorTables(sql, host)} and src.repo_id = ${repoId}`);
  return row;
}

/**
 * When a mirror is due next, as an expression: at its own moment of each period, by its id, so that contacts are spread
 * evenly however they began. Half a period to one and a half from now.
 */
function nextMoment(sql: Sql, everyMs: number) {
  const every = everyMs / 1000;
  const phase = sql`('x' || right(src.repo_id::text, 8))::bit(32)::bigint / 4294967296.0 * ${every}::float8`;
  return sql`to_timestamp(${phase} + ${every}::float8 *
    ceil((extract(epoch from clock_timestamp())::float8 + ${every}::float8 / 2 - ${phase}) / ${every}::float8))`;
}

/**
 * Claims mirrors of a host that are due, the longest due first: no other worker of the host contacts them meanwhile. Leaves
 * out servers that the host leaves alone. Locks the rows that it claims, and skips those that others hold.
 * Index: doi_source (mirror_host, due_at).
 * @throws {DoiError} `database_unavailable`
 */
export async function claimDueMirrors(
  sql: Sql,
  host: string,
  { everyMs, most }: { readonly everyMs: number; readonly most: number },
): Promise<Mirror[]> {
  return await statement(sql<Mirror[]>`
    with due as materialized (
      select ${mirrorColumns(sql)} from ${mirrorTables(sql, host)}
        and src.due_at <= clock_timestamp() and coalesce(v.retry_at <= clock_timestamp(), true)
      order by src.due_at limit ${most} for update of src skip locked
    ), claimed as (
      update doi_source src set due_at = ${nextMoment(sql, everyMs)}
      from due where src.repo_id = due."repoId"::uuid
    )
    select * from due`);
}

/** How long until the next mirror of a host is due, in milliseconds; null where it keeps none. Locks nothing. */
export async function nextDue(sql: Sql, host: string): Promise<number | null> {
  const [row] = await statement(sql<{ ms: number | null }[]>`
    select extract(epoch from min(greatest(src.due_at, v.retry_at)) - clock_timestamp())::float8 * 1000 as ms
    from ${mirrorTables(sql, host)}`);
  return row?.ms ?? null;
}

/** A successful contact. */
export interface Contact {
  readonly repoId: string;
  readonly host: string;
  readonly server: string;
  /** The database's time when it began, in ISO 8601 with microseconds. */
  readonly began: string;
  /** The commit at which the branch was. */
  readonly head: string;
  /** The size of the mirror, in bytes. */
  readonly bytes: number;
  /** Whether the mirror was made again, so that its size is its first one. */
  readonly isNew: boolean;
}

/**
 * Records successful contacts; an earlier contact never replaces a later one, unless that lies in the future, by a clock
 * that was set back since. A server that answered has no problem any more. Locks the rows of doi_source in the order of the
 * repository ids.
 * @throws {DoiError} `database_unavailable`
 */
export async function recordContacts(sql: Sql, contacts: readonly Contact[]): Promise<void> {
  if (contacts.length === 0) return;
  const text = JSON.stringify(
    contacts.map(({ repoId, isNew, ...rest }) => ({ repo_id: repoId, is_new: isNew, ...rest })),
  );
  await statement(sql`
    with ended as materialized (
      select * from json_to_recordset(${text}::text::json) as c(repo_id uuid, host text, server text, began timestamptz,
        head text, bytes bigint, is_new boolean)
    ), held as materialized (
      select src.repo_id from doi_source src join ended using (repo_id) order by src.repo_id for update of src
    ), answered as (
      delete from doi_server v using ended where v.host = ended.host and v.server = ended.server
    )
    update doi_source src set
      contacted_at = ended.began, contact_head = ended.head, failed_since = null, failed_at = null, attempts = 0,
      failure = null, bytes = ended.bytes,
      first_bytes = case when ended.is_new then ended.bytes else coalesce(src.first_bytes, ended.bytes) end
    from ended join held using (repo_id)
    where src.repo_id = ended.repo_id and src.mirror_host = ended.host
      and (src.contacted_at is null or src.contacted_at <= ended.began or src.contacted_at > clock_timestamp())`);
}

/** Why a contact failed, in the words of an error. */
export interface ContactProblem {
  readonly code: string;
  readonly message: string;
  readonly remedy: string;
}

/** A contact that failed. */
export interface FailedContact {
  readonly repoId: string;
  readonly host: string;
  readonly server: string;
  readonly problem: ContactProblem;
  /** How long to wait before the next one, in milliseconds, by the number of those that have failed in a row. */
  readonly retryMs: (attempts: number) => number;
}

/**
 * Records that a contact failed for reasons of the repository: beside its row, which stays. Locks the row of doi_source.
 * @param attempts how many have failed in a row, this one included
 * @throws {DoiError} `database_unavailable`
 */
export async function recordContactFailure(
  sql: Sql,
  { repoId, problem, retryMs }: FailedContact,
  attempts: number,
): Promise<void> {
  await statement(sql`
    update doi_source set
      failure = ${sql.json({ ...problem })}, failed_since = coalesce(failed_since, clock_timestamp()),
      failed_at = clock_timestamp(), attempts = attempts + 1,
      due_at = greatest(due_at, clock_timestamp() + ${retryMs(attempts)} * interval '1 millisecond')
    where repo_id = ${repoId}`);
}

/**
 * Records that a server refuses or limits a host, or cannot be reached: one problem for all its mirrors. The mirror that
 * found it is due when the host next tries the server. Locks the rows of doi_server and doi_source.
 * @throws {DoiError} `database_unavailable`
 */
export async function recordServerProblem(
  sql: Sql,
  { repoId, host, server, problem, retryMs }: FailedContact,
): Promise<void> {
  const [row] = await statement(sql<{ attempts: number }[]>`
    insert into doi_server as v (host, server, problem, since, said_at, attempts, retry_at)
    values (${host}, ${server}, ${sql.json({ ...problem })}, clock_timestamp(), clock_timestamp(), 1, clock_timestamp())
    on conflict (host, server) do update set problem = excluded.problem, said_at = excluded.said_at,
      attempts = v.attempts + case when v.retry_at <= clock_timestamp() then 1 else 0 end
    returning attempts`);
  await statement(sql`
    with later as (
      update doi_server set
        retry_at = greatest(retry_at, clock_timestamp() + ${retryMs(row?.attempts ?? 1)} * interval '1 millisecond')
      where host = ${host} and server = ${server}
    )
    update doi_source set due_at = clock_timestamp() where repo_id = ${repoId}`);
}

/** Makes a mirror due at once: its folder is gone, say. Locks its row of doi_source. @throws {DoiError} `database_unavailable` */
export async function makeDue(sql: Sql, repoId: string): Promise<void> {
  await statement(sql`update doi_source set due_at = clock_timestamp() where repo_id = ${repoId}`);
}

/** Which of these repositories a host keeps a mirror of, whatever their status. Locks nothing. */
export async function findMirrored(sql: Sql, host: string, repoIds: readonly string[]): Promise<Set<string>> {
  const rows = await statement(sql<{ id: string }[]>`
    select repo_id::text as id from doi_source
    where mirror_host = ${host} and repo_id = any(${repoIds as string[]}::uuid[])`);
  return new Set(rows.map(({ id }) => id));
}
