/** Opens connections to PostgreSQL, in small pools by purpose with limits on every wait, and runs statements. */
import postgres from 'postgres';
import { databaseError } from './database-error.js';
import { DatabaseSocket } from './database-socket.js';
import { type DatabaseAddress, parseDatabaseUrl, type ServerPlace } from './database-url.js';
import { DRIVER_TYPES } from './driver-types.js';

export { databaseError };

/** Runs statements: a pool, or a transaction. */
export type Statements = postgres.ISql;

export type Sql = postgres.Sql;

export interface SqlOptions {
  readonly url: string;
  /** The schema of our tables; undefined for the server's default search path. */
  readonly schema?: string | undefined;
  /** Shown in pg_stat_activity. */
  readonly purpose: string;
  readonly connections: number;
  /** Longest time a statement may take, in milliseconds. */
  readonly statementTimeoutMs?: number;
  /** Longest time until a connection is ready, in milliseconds. */
  readonly connectTimeoutMs?: number;
  /** How much longer than the longest statement a server may be silent, in milliseconds; then the connection counts as lost. */
  readonly silenceMarginMs?: number;
  /**
   * Whether each run of a statement gets a plan of its own; for pools whose statements read many repositories at once. A kept
   * plan stays until a table is analysed: one made for a few rows reads whole tables for each repository.
   */
  readonly plansAlways?: boolean;
  /** Called for each notification of a channel that a connection of this pool listens to (`LISTEN`). */
  readonly onNotify?: (channel: string, payload: string) => void;
  /** Called when a connection has ended, and its `LISTEN` with it. */
  readonly onClose?: () => void;
}

/** The limits of a pool for which HTTP requests wait. */
export const HTTP_LIMITS = {
  statementTimeoutMs: 1500,
  connectTimeoutMs: 1000,
  silenceMarginMs: 1000,
} as const;

/** Opens a pool. Nothing connects until the first statement. End it with {@link closeSql}. */
export function openSql(options: SqlOptions): Sql {
  const address = parseDatabaseUrl(options.url);
  const statementTimeout = options.statementTimeoutMs ?? 30_000;
  const connectTimeout = options.connectTimeoutMs ?? 5000;
  const silence = statementTimeout + (options.silenceMarginMs ?? 5000);
  return postgres({
    // The driver takes this option, though its types lack it.
    ...({ socket: socketMaker(address, connectTimeout, silence) } as object),
    ...driverAddress(address),
    ...(options.plansAlways ? { prepare: false } : {}),
    max: options.connections,
    connect_timeout: connectTimeout / 1000,
    idle_timeout: 0,
    fetch_types: false,
    types: DRIVER_TYPES,
    // With the driver's own back-off a query waited 20 s after a lost connection.
    backoff: (attempt: number) => Math.min(0.05 * 2 ** attempt, 1),
    onnotice: () => {},
    ...(options.onNotify === undefined ? {} : { onnotify: options.onNotify }),
    ...(options.onClose === undefined ? {} : { onclose: options.onClose }),
    connection: {
      application_name: address.applicationName ?? `doi-worker ${options.purpose}`,
      ...(address.options === undefined ? {} : { options: address.options }),
      statement_timeout: statementTimeout,
      lock_timeout: Math.min(10_000, statementTimeout),
      idle_in_transaction_session_timeout: 30_000,
      TimeZone: 'UTC',
      // Every statement reads by keys, with one best plan for all values. To plan again for the values of each call took
      // longer than to run the statement.
      plan_cache_mode: 'force_generic_plan',
      // PostgreSQL compiles statements that it expects to take long, for seconds, and without statistics it expects wrongly.
      jit: 'off',
      ...(options.schema === undefined ? {} : { search_path: `${options.schema},public` }),
    },
  });
}

/** The driver's options from the address; its socket knows the servers, and does TLS. */
function driverAddress({ user, password, database, prepare }: DatabaseAddress) {
  return {
    // Only shown in errors. With several hosts the driver hides errors, and retries without a pause or an end.
    host: 'server',
    ssl: false,
    prepare,
    ...(user === undefined ? {} : { user }),
    ...(password === undefined ? {} : { password }),
    ...(database === undefined ? {} : { database }),
  };
}

/** Makes a pool's sockets. Of several servers they try first the one that was ready last. */
function socketMaker({ places, tls }: DatabaseAddress, connectTimeout: number, silenceMs: number) {
  let first = 0;
  const shared = {
    ...{ tls, silenceMs, placeMs: connectTimeout / places.length },
    onReady: (place: ServerPlace) => {
      first = places.indexOf(place);
    },
    onUnready: (place: ServerPlace) => {
      first = (places.indexOf(place) + 1) % places.length;
    },
  };
  return () => new DatabaseSocket({ ...shared, places: [...places.slice(first), ...places.slice(0, first)] });
}

/**
 * Runs a statement.
 * @throws {DoiError} `database_unavailable` or `schema_incompatible` for what is the server's or the schema's fault, as
 *   {@link databaseError} decides; any other error of PostgreSQL as the driver has it
 */
export async function statement<T>(query: PromiseLike<T>): Promise<T> {
  try {
    return await query;
  } catch (error) {
    throw databaseError(error);
  }
}

/**
 * A time as ISO 8601 text in UTC, as an expression. It is made text in the database, since a JavaScript Date would lose the
 * microseconds.
 * @param time an expression of SQL, put into the statement as it is; null and infinite times become null
 * @param precision milliseconds for answers; microseconds for times that are compared with each other
 */
export function iso(sql: Statements, time: string, precision: 'MS' | 'US' = 'MS') {
  // One piece of text: put together from fragments, a row of many times took as long to write as its statement to run.
  return sql.unsafe(`to_char(${time} at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.${precision}"Z"')`);
}

/**
 * An expression that lets its statement return before it is on disk, if the expression is evaluated and the statement is its
 * own transaction. A server that dies may lose such a statement, but only whole, and never one from before a statement that
 * it kept.
 */
export function withoutWaiting(sql: Sql) {
  return sql`set_config('synchronous_commit', 'off', true)`;
}

/** Ends a pool, waiting at most 5 s for statements under way. */
export async function closeSql(sql: Sql): Promise<void> {
  await sql.end({ timeout: 5 });
}

/**
 * Analyses at once those of the tables that this user owns, without any that another command has locked: autovacuum comes a
 * minute later, and to small tables never.
 */
export async function analyzeTables(sql: Sql, tables: readonly string[]): Promise<void> {
  const rows = await sql<{ name: string }[]>`
    select c.oid::regclass::text as name
    from unnest(${tables as string[]}::text[]) as t (name) join pg_class c on c.oid = to_regclass(t.name)
    where pg_get_userbyid(c.relowner) = current_user`;
  if (rows.length === 0) return;
  await sql.unsafe(`analyze (skip_locked) ${rows.map(({ name }) => name).join(', ')}`);
}
