/** Records that a host is alive and has looked at all of its repositories. */
import type { IsolationLevel } from '../domain/isolation.js';
import { databaseError, type Sql } from '../platform/sql.js';

/** What a host says of itself after each full look at its repositories. */
export interface HostBeat {
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
  try {
    const [row] = await sql<{ now: string }[]>`
      select to_char(clock_timestamp() at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') as now`;
    return row?.now ?? '';
  } catch (error) {
    throw databaseError(error);
  }
}

/** Makes the host known, with a heartbeat that vouches for nothing yet. */
export async function announceHost(sql: Sql, host: Omit<HostBeat, 'lookBeganAt'>): Promise<void> {
  try {
    await sql`
      insert into doi_host (host, heartbeat, version, capacity, isolation)
      values (${host.host}, to_timestamp(0), ${host.version}, ${host.capacity}, ${host.isolation})
      on conflict do nothing`;
  } catch (error) {
    throw databaseError(error);
  }
}

/**
 * Waits until every record of this host that was under way has been committed, by locking its row of doi_host for a
 * moment. What is compared afterwards has seen all that was recorded before.
 */
export async function awaitRecords(sql: Sql, host: string): Promise<void> {
  try {
    await sql`select 1 from doi_host where host = ${host} for update`;
  } catch (error) {
    throw databaseError(error);
  }
}

/**
 * Records a host's beat. Two workers of one host beat the same row; the later look stays. One of the future is of a
 * clock that was set back since, and does not.
 */
export async function beatHost(sql: Sql, beat: HostBeat): Promise<void> {
  try {
    await sql`
      insert into doi_host as h (host, heartbeat, version, capacity, isolation)
      values (${beat.host}, ${beat.lookBeganAt}::text::timestamptz, ${beat.version}, ${beat.capacity},
        ${beat.isolation})
      on conflict (host) do update set
        heartbeat = case
          when h.heartbeat > clock_timestamp() then excluded.heartbeat
          else greatest(h.heartbeat, excluded.heartbeat)
        end, version = excluded.version,
        capacity = excluded.capacity, isolation = excluded.isolation`;
  } catch (error) {
    throw databaseError(error);
  }
}
