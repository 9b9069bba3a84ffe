/** Records that a host is alive and has looked at all of its repositories. */
import { randomUUID } from 'node:crypto';
import type { IsolationLevel } from '../../domain/isolation.js';
import { iso, type Sql, statement } from '../../platform/postgres/sql.js';
import { incarnation } from '../installation.js';

/**
 * Whether a time of a host lies no longer ago than `limitMs`, as an expression. A time in the future is of a clock that was
 * set back since, and proves nothing.
 * @param time a column, put into the statement as it is; null is not within
 */
export function isWithin(sql: Sql, time: string, limitMs: number) {
  return sql`coalesce(${sql.unsafe(time)} between
    clock_timestamp() - ${limitMs} * interval '1 millisecond' and clock_timestamp(), false)`;
}

/** What a host says of itself after each full look at its repositories. */
export interface HostHeartbeat {
  readonly host: string;
  /** The database's time when the look began, as {@link readDatabaseTime} gives it. */
  readonly lookBeganAt: string;
  readonly version: string;
  /** How many evaluations it runs at once. */
  readonly capacity: number;
  /** How it isolates the programs that it starts, as probed when its worker started. */
  readonly isolation: IsolationLevel;
}

/** The database's own time, in ISO 8601 with microseconds: the one clock that all hosts share. */
export async function readDatabaseTime(sql: Sql): Promise<string> {
  const [row] = await statement(sql<{ now: string }[]>`
    select ${iso(sql, 'clock_timestamp()', 'US')} as now`);
  return row?.now ?? '';
}

/** The state of the database before a look compares anything, by which its heartbeat is refused on another one. */
export interface HeartbeatMark {
  /** Names this life of the database. */
  readonly incarnation: string;
  /** What was written since bears a later transaction id, as text. */
  readonly transaction: string;
}

/** Makes the host known, with a heartbeat that vouches for nothing yet; names this life of the database, if it has no name. */
export async function announceHost(sql: Sql, host: Omit<HostHeartbeat, 'lookBeganAt'>): Promise<void> {
  await statement(sql`
    with named as (
      insert into doi_incarnation (id) values (${randomUUID()}) on conflict do nothing
    )
    insert into doi_host (host, heartbeat, version, capacity, isolation)
    values (${host.host}, to_timestamp(0), ${host.version}, ${host.capacity}, ${host.isolation})
    on conflict do nothing`);
}

/**
 * Waits until every record of this host that was under way has been committed, by locking its row of doi_host for a
 * moment. What is compared afterwards has seen all that was recorded before.
 * @returns undefined where the host is not known
 */
export async function awaitRecords(sql: Sql, host: string): Promise<HeartbeatMark | undefined> {
  const [mark] = await statement(sql<HeartbeatMark[]>`
    select ${incarnation(sql)} as incarnation, pg_current_xact_id()::xid::text as transaction
    from doi_host where host = ${host} for update`);
  return mark;
}

/** A clock that is apart by less is not taken to have been set: it may only run a little slower, or be slewed. */
const CLOCK_SET_MS = 500;

/** What a look compared, and where. */
export interface Compared {
  readonly mark: HeartbeatMark;
  /** The repositories whose records were found to differ, and were therefore written anew. */
  readonly differing: readonly string[];
  /** How long the look took at least, in milliseconds, by a clock that never goes back. */
  readonly lookedMs?: number;
}

/**
 * Records a host's heartbeat, unless it would vouch for records that the look did not compare. Two workers of one host
 * write the same row; the later look stays. One that is still to come is of a clock that was set back since, and does not.
 *
 * The database may have been replaced by an older copy of itself since the look began, or a part of it restored, or its
 * clock set back. Then a record from before the heartbeat is there that was written after the mark, or that the look
 * found to differ.
 * @returns false where it was refused; the next look compares anew
 */
export async function recordHeartbeat(
  sql: Sql,
  beat: HostHeartbeat,
  { mark, differing, lookedMs = 0 }: Compared,
): Promise<boolean> {
  // Less time by the database's clock than the look took: that was set back in the middle of it.
  const passedMs = Math.max(0, lookedMs - CLOCK_SET_MS);
  const written = await statement(sql`
    insert into doi_host as h (host, heartbeat, version, capacity, isolation)
    select ${beat.host}, at, ${beat.version}, ${beat.capacity}, ${beat.isolation}
    from (select ${beat.lookBeganAt}::text::timestamptz as at) look
    where ${incarnation(sql)} = ${mark.incarnation} 
      and at <= clock_timestamp() - ${passedMs} * interval '1 millisecond' and not exists (
      select from doi_observation b
      where b.host = ${beat.host} and b.recorded_at <= at and (
        age(b.xmin) between 0 and age(${mark.transaction}::text::xid) or b.repo_id = any(${differing as string[]}::uuid[])
      )
    )
    on conflict (host) do update set
      heartbeat = case
        when h.heartbeat > clock_timestamp() then excluded.heartbeat
        else greatest(h.heartbeat, excluded.heartbeat)
      end, version = excluded.version,
      capacity = excluded.capacity, isolation = excluded.isolation`);
  return written.count > 0;
}

/* Reads when each host was last heard of. */

/** A beat of a host as a row carries it, in ISO 8601. */
export interface Heartbeat {
  readonly heartbeat: string;
  /** With microseconds, to be compared with what was recorded. */
  readonly heartbeat_exact: string;
}

/**
 * The beats of all hosts, by name. Locks nothing.
 * @throws {DoiError} `database_unavailable`, `schema_incompatible`
 */
export async function readHeartbeats(sql: Sql): Promise<Map<string, Heartbeat>> {
  const rows = await statement(sql<(Heartbeat & { host: string })[]>`
    select host, ${iso(sql, 'heartbeat')} as heartbeat,
      ${iso(sql, 'heartbeat', 'US')} as heartbeat_exact
    from doi_host`);
  return new Map(rows.map(({ host, ...beat }) => [host, beat]));
}
