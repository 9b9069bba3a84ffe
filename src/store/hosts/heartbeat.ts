/**
 * Records a host's heartbeat: that it is alive, and when its last complete pass over its repositories began; and reads the
 * database's time, by which all hosts go.
 */
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

/** What a host records of itself after each complete pass. */
export interface HostHeartbeat {
  readonly host: string;
  /** The database's time when the pass began, as {@link readDatabaseTime} returns it. */
  readonly passBeganAt: string;
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

/** The state of the database before a pass compares anything; a heartbeat is refused where the database is another one. */
export interface HeartbeatMark {
  /** Names this life of the database. */
  readonly incarnation: string;
  /** Whatever is written from then on has a later transaction id; as text. */
  readonly transaction: string;
}

/** What a host records before its first pass. */
export interface AnnouncedHost extends Omit<HostHeartbeat, 'passBeganAt'> {
  /** The folder in which it keeps mirrors; without it, what was recorded stays. */
  readonly mirrors?: string | undefined;
}

/** Makes the host known, with a heartbeat that covers nothing yet; gives this life of the database a name if it has none. */
export async function announceHost(sql: Sql, host: AnnouncedHost): Promise<void> {
  await statement(sql`
    with named as (
      insert into doi_incarnation (id) values (${randomUUID()}) on conflict do nothing
    )
    insert into doi_host as h (host, heartbeat, version, capacity, isolation, mirrors)
    values (${host.host}, to_timestamp(0), ${host.version}, ${host.capacity}, ${host.isolation}, ${host.mirrors ?? null})
    on conflict (host) do update set mirrors = excluded.mirrors
    where excluded.mirrors is not null and h.mirrors is distinct from excluded.mirrors`);
}

/**
 * Waits until every observation of this host that was being written is committed, by locking its row of doi_host for a
 * moment. A comparison that is read afterwards sees everything that was recorded before.
 * @returns undefined where the host is unknown
 */
export async function awaitRecords(sql: Sql, host: string): Promise<HeartbeatMark | undefined> {
  const [mark] = await statement(sql<HeartbeatMark[]>`
    select ${incarnation(sql)} as incarnation, pg_current_xact_id()::xid::text as transaction
    from doi_host where host = ${host} for update`);
  return mark;
}

/** A smaller difference between clocks does not count as a clock that was set: it may run slower, or be slewed. */
const CLOCK_SET_MS = 500;

/** What a pass compared, and in which database. */
export interface Compared {
  readonly mark: HeartbeatMark;
  /** The repositories whose observations differed, and were therefore written again. */
  readonly differing: readonly string[];
  /** How long the pass took at least, in milliseconds, by a clock that never goes back. */
  readonly passMs?: number;
}

/**
 * Records a host's heartbeat, unless it would cover observations that the pass did not compare. Two workers of one host
 * write the same row, and the later pass stays. A stored heartbeat in the future is of a clock that was set back since, and
 * does not stay.
 *
 * Since the pass began, an older copy may have replaced the database, a part of it may have been restored, or its clock set
 * back. Then there is an observation from before the heartbeat that was written after the mark, or that differed in the
 * pass.
 * @returns false where the heartbeat was refused; the next pass compares again
 */
export async function recordHeartbeat(
  sql: Sql,
  own: HostHeartbeat,
  { mark, differing, passMs = 0 }: Compared,
): Promise<boolean> {
  // Where less time has passed by the database's clock than the pass took, that clock was set back during the pass.
  const passedMs = Math.max(0, passMs - CLOCK_SET_MS);
  const written = await statement(sql`
    insert into doi_host as h (host, heartbeat, version, capacity, isolation)
    select ${own.host}, at, ${own.version}, ${own.capacity}, ${own.isolation}
    from (select ${own.passBeganAt}::text::timestamptz as at) pass
    where ${incarnation(sql)} = ${mark.incarnation} 
      and at <= clock_timestamp() - ${passedMs} * interval '1 millisecond' and not exists (
      select from doi_observation b
      where b.host = ${own.host} and b.recorded_at <= at and (
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

/** A host's heartbeat in ISO 8601. */
export interface Heartbeat {
  readonly heartbeat: string;
  /** With microseconds, to be compared with `recorded_at`. */
  readonly heartbeat_exact: string;
}

/**
 * Reads the heartbeats of all hosts, by name. Locks nothing.
 * @throws {DoiError} `database_unavailable`, `schema_incompatible`
 */
export async function readHeartbeats(sql: Sql): Promise<Map<string, Heartbeat>> {
  const rows = await statement(sql<(Heartbeat & { host: string })[]>`
    select host, ${iso(sql, 'heartbeat')} as heartbeat,
      ${iso(sql, 'heartbeat', 'US')} as heartbeat_exact
    from doi_host`);
  return new Map(rows.map(({ host, ...heartbeat }) => [host, heartbeat]));
}
