/** Connections to PostgreSQL: small pools by purpose, with limits on everything that could wait. */
import postgres from 'postgres';
import { ARRAY_TYPES } from './array-types.js';
import { DatabaseSocket, type ServerPlace } from './database-socket.js';

export { databaseError } from './database-error.js';
export type Sql = postgres.Sql;

export interface SqlSettings {
  readonly url: string;
  /** The schema that our tables lie in; without one, the server's default search path. */
  readonly schema?: string | undefined;
  /** Shown in pg_stat_activity. */
  readonly purpose: string;
  readonly connections: number;
  /** Longest time a statement may take, in milliseconds. */
  readonly statementTimeoutMs?: number;
  /** Longest time until a connection is ready, in milliseconds. */
  readonly connectTimeoutMs?: number;
  /** How much longer than a statement may take a server may be silent, in milliseconds; then the connection is lost. */
  readonly silenceMarginMs?: number;
  /** Told of each notification of what was listened to (`LISTEN`) on a connection of this pool. */
  readonly onNotify?: (channel: string, payload: string) => void;
  /** Told where a connection has ended, and with it what it listened to. */
  readonly onClose?: () => void;
}

/** The limits of a pool that HTTP requests wait for, in milliseconds: a statement, being ready, an overdue answer. */
export const HTTP_LIMITS = {
  statementTimeoutMs: 2000,
  connectTimeoutMs: 1000,
  silenceMarginMs: 1000,
} as const;

/** Opens a pool. Nothing connects until the first statement. End it with {@link closeSql}. */
export function openSql(settings: SqlSettings): Sql {
  const statementTimeout = settings.statementTimeoutMs ?? 30_000;
  const socket = socketMaker(statementTimeout + (settings.silenceMarginMs ?? 5000));
  return postgres(settings.url, {
    // The driver's types do not know that it takes this.
    ...({ socket } as object),
    max: settings.connections,
    connect_timeout: (settings.connectTimeoutMs ?? 5000) / 1000,
    idle_timeout: 0,
    fetch_types: false,
    types: ARRAY_TYPES,
    // The driver's own back-off made a query wait 20 s after a lost connection.
    backoff: (attempt: number) => Math.min(0.05 * 2 ** attempt, 1),
    onnotice: () => {},
    ...(settings.onNotify === undefined ? {} : { onnotify: settings.onNotify }),
    ...(settings.onClose === undefined ? {} : { onclose: settings.onClose }),
    connection: {
      application_name: `doi-worker ${settings.purpose}`,
      statement_timeout: statementTimeout,
      lock_timeout: Math.min(10_000, statementTimeout),
      idle_in_transaction_session_timeout: 30_000,
      TimeZone: 'UTC',
      // Every statement looks up by keys, with one best plan whatever they are: making one anew for the values of each
      // call took longer than the statements did.
      plan_cache_mode: 'force_generic_plan',
      // PostgreSQL compiles what it expects to be long, for seconds, and without statistics it expects wrongly.
      jit: 'off',
      ...(settings.schema === undefined ? {} : { search_path: `${settings.schema},public` }),
    },
  });
}

/** The settings as the driver has read them, from the URL among others. */
interface DriverOptions {
  host: string[];
  port: number[];
  readonly path: string | false;
  readonly ssl: unknown;
}

/** Makes a pool's sockets. Of several servers in its URL one is tried after the other, a query each. */
function socketMaker(silenceMs: number): (options: DriverOptions) => DatabaseSocket {
  let places: readonly ServerPlace[] | undefined;
  let at = 0;
  return (options) => {
    places ??= readPlaces(options);
    const tried = at;
    const place = places[tried % places.length] ?? { host: 'localhost', port: 5432 };
    const onUnready = () => {
      at = tried + 1;
    };
    return new DatabaseSocket({ place, silenceMs, encrypted: Boolean(options.ssl), onUnready });
  };
}

function readPlaces(options: DriverOptions): ServerPlace[] {
  if (options.path) return [{ path: options.path }];
  const { host: hosts, port: ports } = options;
  // While it knows of another server the driver keeps errors to itself, and tries without a pause and without an end.
  options.host = hosts.slice(0, 1);
  return hosts.map((host, index) => ({ host, port: ports[index] ?? 5432 }));
}

/**
 * An expression that lets its statement return before it is on disk, where it is evaluated and the statement is its own
 * transaction. A server that dies loses such a statement whole, and none that came before one that it kept.
 */
export function withoutWaiting(sql: Sql) {
  return sql`set_config('synchronous_commit', 'off', true)`;
}

/** Ends a pool, waiting at most 5 s for statements under way. */
export async function closeSql(sql: Sql): Promise<void> {
  await sql.end({ timeout: 5 });
}
