/** Connections to PostgreSQL: small pools by purpose, with limits on everything that could wait. */
import postgres from 'postgres';
import { DoiError } from '../domain/errors.js';

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
}

/** Opens a pool. Nothing connects until the first statement. End it with {@link closeSql}. */
export function openSql(settings: SqlSettings): Sql {
  const statementTimeout = settings.statementTimeoutMs ?? 30_000;
  return postgres(settings.url, {
    max: settings.connections,
    connect_timeout: 5,
    idle_timeout: 0,
    // The driver's own back-off made a query wait 20 s after a lost connection.
    backoff: (attempt: number) => Math.min(0.05 * 2 ** attempt, 1),
    onnotice: () => {},
    connection: {
      application_name: `doi-worker ${settings.purpose}`,
      statement_timeout: statementTimeout,
      lock_timeout: Math.min(10_000, statementTimeout),
      idle_in_transaction_session_timeout: 30_000,
      TimeZone: 'UTC',
      ...(settings.schema === undefined ? {} : { search_path: `${settings.schema},public` }),
    },
  });
}

/** Ends a pool, waiting at most 5 s for statements under way. */
export async function closeSql(sql: Sql): Promise<void> {
  await sql.end({ timeout: 5 });
}

const CONNECTION_CODES = new Set([
  'CONNECTION_CLOSED',
  'CONNECTION_ENDED',
  'CONNECTION_DESTROYED',
  'CONNECT_TIMEOUT',
  'ECONNREFUSED',
  'ECONNRESET',
  'ENOTFOUND',
  'EPIPE',
  'ETIMEDOUT',
  'ENOENT',
  'EAI_AGAIN',
]);
// SQLSTATE classes: connection, insufficient resources, operator intervention, system error; and read-only servers.
const TROUBLE_STATES = /^(?:08|53|57|58)|^25006$|^28|^3D000$/;
const SCHEMA_STATES = new Set(['42P01', '42703', '42883', '3F000']);

/**
 * Turns an error of the driver into the host's trouble where it is one: the server is away, out of connections or
 * disk, shutting down, or its schema is not ours. Any other error is returned as it is.
 */
export function databaseError(error: unknown): unknown {
  if (!(error instanceof Error) || error instanceof DoiError) return error;
  const code = String((error as { code?: unknown }).code ?? '');
  const isDriver = error.name === 'PostgresError' || CONNECTION_CODES.has(code);
  if (!isDriver) return error;
  if (SCHEMA_STATES.has(code)) {
    const found = `The database lacks something that this release needs: ${error.message}.`;
    return new DoiError('schema_incompatible', found, 'Run "doi migrate".', { cause: error });
  }
  if (CONNECTION_CODES.has(code) || TROUBLE_STATES.test(code)) {
    const found = `PostgreSQL does not answer (${code || error.message}).`;
    const remedy = 'Check that the server at DATABASE_URL runs and takes connections.';
    return new DoiError('database_unavailable', found, remedy, { cause: error });
  }
  return error;
}
