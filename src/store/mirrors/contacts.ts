/** Claims the mirrors whose remotes are due for a contact, and records how contacts ended. */
import { type Sql, statement } from '../../platform/postgres/sql.js';

/** A mirror, as a contact needs it. */
export interface Mirror {
  readonly repoId: string;
  readonly slug: string;
  /** The remote as the registry has it. */
  readonly url: string;
  /** The branch that a person named; null for the remote's default. */
  readonly branch: string | null;
  /** The path that the registry has for the host. */
  readonly path: string;
  readonly server: string;
  /** The size when it was made, in bytes; null before the first contact. */
  readonly firstBytes: number | null;
  /** How often in a row a contact has failed, and why the last one did. */
  readonly attempts: number;
  readonly failure: ContactProblem | null;
  /** How long until it is due, and until its server need not be left alone, in milliseconds; not positive where now. */
  readonly dueMs: number;
  readonly serverWaitMs: number;
}

/** Why a contact failed, in the words of an error. */
export interface ContactProblem {
  readonly code: string;
  readonly message: string;
  readonly remedy: string;
}

function mirrorColumns(sql: Sql) {
  const left = (time: string) =>
    sql.unsafe(`coalesce(extract(epoch from ${time} - clock_timestamp())::float8 * 1000, 0)`);
  return sql`
    src.repo_id::text as "repoId", r.slug, r.remote_url as url, src.branch,
    r.host_paths::jsonb ->> src.mirror_host as path, coalesce(src.server, '') as server, src.attempts, src.failure,
    src.first_bytes::float8 as "firstBytes", ${left('src.due_at')} as "dueMs", ${left('v.retry_at')} as "serverWaitMs"`;
}

/** The tables of {@link mirrorColumns}: the mirrors that a host keeps of active repositories. */
function mirrorTables(sql: Sql, host: string) {
  return sql`
    doi_source src
    join managed_repos r on r.id = src.repo_id and r.status = 'active' and r.remote_url is not null
      and json_typeof(r.host_paths::json) = 'object' and r.host_paths::jsonb ->> src.mirror_host is not null
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

export interface ClaimOptions {
  readonly everyMs: number;
  readonly most: number;
  /** Of one server, so that a slow one takes no place of the others. */
  readonly mostOfServer: number;
  /** Servers with enough contacts under way. */
  readonly busy: readonly string[];
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
  { everyMs, most, mostOfServer, busy }: ClaimOptions,
): Promise<Mirror[]> {
  return await statement(sql<Mirror[]>`
    with due as materialized (
      select src.repo_id, src.due_at, row_number() over (partition by src.server order by src.due_at) as place
      from ${mirrorTables(sql, host)} and src.due_at <= clock_timestamp()
        and coalesce(v.retry_at <= clock_timestamp(), true) and coalesce(src.server, '') <> all(${busy as string[]}::text[])
    ), held as materialized (
      select src.repo_id from doi_source src join due on due.repo_id = src.repo_id and due.place <= ${mostOfServer}
      where src.due_at <= clock_timestamp()
      order by due.due_at limit ${most} for update of src skip locked
    ), claimed as (
      update doi_source src set due_at = ${nextMoment(sql, everyMs)}
      from held where src.repo_id = held.repo_id
    )
    select ${mirrorColumns(sql)} from ${mirrorTables(sql, host)} and src.repo_id in (select repo_id from held)`);
}

/** How long until the next mirror of a host is due, in milliseconds; null where it keeps none. Locks nothing. */
export async function nextDue(sql: Sql, host: string): Promise<number | null> {
  const [row] = await statement(sql<{ ms: number | null }[]>`
    select extract(epoch from min(greatest(src.due_at, v.retry_at)) - clock_timestamp())::float8 * 1000 as ms
    from ${mirrorTables(sql, host)}`);
  return row?.ms ?? null;
}

/** A successful contact. */
export interface Contact extends Pick<Mirror, 'repoId' | 'url' | 'branch' | 'server'> {
  readonly host: string;
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
 * that was set back since. One with another branch than the one that is judged by now is not recorded. A server that has
 * answered with a problem since the contact began has none any more, and one that lets this host read any repository does not
 * refuse it. A mirror that is due much later than `everyMs`, as a new one may be, is due earlier. Locks the rows of doi_source in
 * the order of the repository ids, then those of doi_server by name.
 * @throws {DoiError} `database_unavailable`
 */
export async function recordContacts(sql: Sql, contacts: readonly Contact[], everyMs: number): Promise<void> {
  if (contacts.length === 0) return;
  const text = JSON.stringify(
    contacts.map(({ repoId, isNew, ...rest }) => ({ repo_id: repoId, is_new: isNew, ...rest })),
  );
  await statement(sql`
    with ended as materialized (
      select * from json_to_recordset(${text}::text::json) as c(repo_id uuid, url text, branch text, host text, server text,
        began timestamptz, head text, bytes bigint, is_new boolean)
    ), held as materialized (
      select src.repo_id from doi_source src join ended using (repo_id) order by src.repo_id for update of src
    ), refusing as materialized (
      select v.host, v.server from doi_server v, (select count(*) from held) first
      where exists (select from ended e where e.host = v.host and e.server = v.server
        and (v.said_at < e.began or v.problem ->> 'code' = 'remote_denied'))
      order by v.host, v.server for update of v
    ), answered as (
      delete from doi_server v using refusing where v.host = refusing.host and v.server = refusing.server
    )
    update doi_source src set
      contacted_before = case
        when src.contact_head = ended.head and src.contact_url = ended.url and src.contacted_at < ended.began
        then src.contacted_at end,
      contacted_at = ended.began, contact_url = ended.url, contact_head = ended.head, failed_since = null,
      failed_at = null, attempts = 0, failure = null, bytes = ended.bytes,
      due_at = least(src.due_at, clock_timestamp() + ${1.5 * everyMs} * interval '1 millisecond'),
      first_bytes = case when ended.is_new then ended.bytes else coalesce(src.first_bytes, ended.bytes) end
    from ended, held
    where src.repo_id = ended.repo_id and held.repo_id = ended.repo_id
      and src.mirror_host = ended.host and src.branch is not distinct from ended.branch
      and (src.contacted_at is null or src.contacted_at <= ended.began or src.contacted_at > clock_timestamp())`);
}

/** A contact that failed. */
export interface FailedContact {
  readonly repoId: string;
  readonly host: string;
  readonly server: string;
  readonly problem: ContactProblem;
}

/**
 * Records that a contact failed for reasons of the repository: beside its row, which stays. It is due again after
 * `retryMs`. Locks the row of doi_source.
 * @throws {DoiError} `database_unavailable`
 */
export async function recordContactFailure(
  sql: Sql,
  { repoId, host, problem }: FailedContact,
  retryMs: number,
): Promise<void> {
  await statement(sql`
    update doi_source set
      failure = ${sql.json({ ...problem })}, failed_since = coalesce(failed_since, clock_timestamp()),
      failed_at = clock_timestamp(), attempts = attempts + 1,
      due_at = clock_timestamp() + ${retryMs} * interval '1 millisecond'
    where repo_id = ${repoId} and mirror_host = ${host}`);
}

/**
 * Records that a server refuses or limits a host, or cannot be reached: one problem for all its mirrors. The mirror that
 * found it is due when the host next tries the server, after those that became due before: it may be the only one that fails.
 * Locks the rows of doi_source and doi_server.
 * @param retryMs by the number of tries that failed in a row, from 1, how long to wait, in milliseconds; the last for all further ones
 * @throws {DoiError} `database_unavailable`
 */
export async function recordServerProblem(
  sql: Sql,
  { repoId, host, server, problem }: FailedContact,
  retryMs: readonly number[],
): Promise<void> {
  const waits = sql`${retryMs as number[]}::float8[]`;
  const retryAt = (attempts: string) => sql`
    clock_timestamp() + (${waits})[least(${sql.unsafe(attempts)}, ${retryMs.length})] * interval '1 millisecond'`;
  const next = `v.attempts + case when v.retry_at <= clock_timestamp() then 1 else 0 end`;
  await statement(sql`
    with mine as materialized (
      select repo_id from doi_source where repo_id = ${repoId} and mirror_host = ${host} for update
    ), said as (
    insert into doi_server as v (host, server, problem, since, said_at, attempts, retry_at)
    select ${host}, ${server}, ${sql.json({ ...problem })}::json, clock_timestamp(), clock_timestamp(), 1, ${retryAt('1')}
    from mine
    on conflict (host, server) do update set problem = excluded.problem, said_at = excluded.said_at,
      attempts = ${sql.unsafe(next)}, retry_at = greatest(v.retry_at, ${retryAt(next)})
    returning retry_at
    )
    update doi_source src set due_at = said.retry_at from said, mine where src.repo_id = mine.repo_id`);
}

/** Makes a mirror due at once, or as soon as its server need not be left alone. Locks its row of doi_source. @throws {DoiError} `database_unavailable` */
export async function makeDue(sql: Sql, repoId: string): Promise<void> {
  await statement(
    sql`update doi_source set due_at = least(due_at, clock_timestamp()) where repo_id = ${repoId} and mirror_host is not null`,
  );
}

/**
 * Which of these repositories a host keeps a mirror of, any host, whatever their status: hosts may share a folder. Locks
 * nothing.
 */
export async function findMirrored(sql: Sql, repoIds: readonly string[]): Promise<Set<string>> {
  const rows = await statement(sql<{ id: string }[]>`
    select repo_id::text as id from doi_source
    where mirror_host is not null and repo_id = any(${repoIds as string[]}::uuid[])`);
  return new Set(rows.map(({ id }) => id));
}
