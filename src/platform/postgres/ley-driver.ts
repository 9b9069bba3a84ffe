/**
 * ley's driver for PostgreSQL. A promise rests on it: however many runs are started, one at a time migrates, and each file
 * is applied whole or not at all. For that it takes an advisory lock on one connection that it keeps, and runs each file in
 * a transaction together with its row in our own history.
 */
import { readdir } from 'node:fs/promises';
import { pathToFileURL } from 'node:url';
import type { Driver } from 'ley';
import type { TransactionSql } from 'postgres';
import { DoiError } from '../../domain/errors.js';
import { type Clock, systemClock } from '../clock.js';
import { databaseError, grantRemedy } from './database-error.js';
import { requireSchema, requireSearchPath } from './session.js';
import { closeSql, openSql, type Sql } from './sql.js';

/** The table of the applied migrations. ley's own name for it, `migrations`, clashes in a shared database. */
export const HISTORY_TABLE = 'doi_migration';

/** The lock's number, fixed and arbitrary: all programs of one database share the numbers of advisory locks. */
export const LOCK_KEY = '28259035064887154';
const POLL_MS = 100;
const STATEMENT_TIMEOUT_MS = 600_000;

export interface DriverOptions {
  readonly url: string;
  readonly schema?: string | undefined;
  /** The folder that holds the migrations and nothing else. */
  readonly folder: string;
  /** Longest time to wait for another run to end, in milliseconds. */
  readonly lockTimeoutMs: number;
  readonly clock?: Clock;
}

/** The one connection of a run, and the server process that holds the lock for it. */
interface Connection {
  readonly sql: Sql;
  readonly backend: number;
}

type Method = 'up' | 'down';
type MigrationFile = { readonly name: string; readonly abs: string };
type Applied = { readonly name: string };
type Migration = Readonly<Record<Method, (sql: TransactionSql) => Promise<void>>>;

/** Makes the driver that {@link https://github.com/lukeed/ley | ley} runs with; it takes no lock of its own. */
export function makeDriver(settings: DriverOptions): Driver<Connection> {
  const driver = {
    connect: () => connect(settings),
    setup: ({ sql }: Connection) =>
      setup(sql, settings).catch((error) => {
        throw databaseError(error, sql.options.user);
      }),
    loop: applyEach,
    end: ({ sql }: Connection) => closeSql(sql),
  };
  // ley's type demands a connect that returns any type of client that its caller names, which no driver can.
  return driver as unknown as Driver<Connection>;
}

async function connect(settings: DriverOptions): Promise<Connection> {
  const { url, schema } = settings;
  const sql = openSql({
    url,
    schema,
    purpose: 'migrate',
    connections: 1,
    statementTimeoutMs: STATEMENT_TIMEOUT_MS,
  });
  try {
    return { sql, backend: await takeLock(sql, settings) };
  } catch (error) {
    // ley ends only a connection that connect has returned.
    await closeSql(sql);
    throw error;
  }
}

/**
 * Polls for the lock: a waiting statement would hold a snapshot open, for which a concurrent index build waits. The lock ends
 * with the connection, so a killed run frees it.
 */
async function takeLock(sql: Sql, { lockTimeoutMs, clock = systemClock }: DriverOptions): Promise<number> {
  const until = clock.now() + lockTimeoutMs;
  for (;;) {
    const [row] = await sql<{ taken: boolean; backend: number }[]>`
      select pg_try_advisory_lock(${LOCK_KEY}::bigint) as taken, pg_backend_pid() as backend`;
    if (row?.taken) return row.backend;
    if (clock.now() >= until) throw await lockedError(sql, lockTimeoutMs);
    await clock.sleep(POLL_MS);
  }
}

async function lockedError(sql: Sql, waitedMs: number): Promise<DoiError> {
  const holders = await sql<{ pid: number }[]>`
    select pid from pg_locks where locktype = 'advisory' and granted and objsubid = 1
      and database = (select oid from pg_database where datname = current_database())
      and (classid::bigint << 32) | objid::bigint = ${LOCK_KEY}::bigint`;
  const who = holders.map(({ pid }) => pid).join(', ') || 'unknown';
  return new DoiError(
    'database_unavailable',
    `Another run has been migrating this database for more than ${waitedMs / 1000} s (its server process: ${who}).`,
    'Wait until it ends and try again; where it hangs, end it with "select pg_terminate_backend(<that process>)".',
  );
}

async function setup(sql: Sql, { schema, folder }: DriverOptions): Promise<Applied[]> {
  if (schema !== undefined) {
    await requireSearchPath(sql, schema);
    await sql`create schema if not exists ${sql(schema)}`;
    await requireSchema(sql, schema);
  }
  await sql`
    create table if not exists ${sql(HISTORY_TABLE)} (
      id integer generated always as identity primary key,
      name text not null unique,
      applied_at timestamptz not null default now()
    )`;
  const applied = await sql<{ name: string }[]>`select name from ${sql(HISTORY_TABLE)} order by id`;
  await checkHistory([...applied], folder);
  return [...applied];
}

/** The applied migrations must begin with those of this release; a newer release may have applied more. */
async function checkHistory(applied: readonly Applied[], folder: string): Promise<void> {
  const files = (await readdir(folder)).sort();
  const differs = files.findIndex((name, index) => index < applied.length && applied[index]?.name !== name);
  if (differs === -1) return;
  throw new DoiError(
    'schema_incompatible',
    `Migration ${differs + 1} of this database is ${applied[differs]?.name}, and of this release ${files[differs]}.`,
    'Use the release that made this database, or a database of its own (DATABASE_URL or DOI_SCHEMA).',
  );
}

async function applyEach(
  connection: Connection,
  files: readonly MigrationFile[],
  method: Method,
): Promise<void> {
  for (const { name, abs } of files) {
    const migration = (await import(pathToFileURL(abs).href)) as Migration;
    try {
      await connection.sql.begin(async (sql) => {
        await checkConnection(sql, connection.backend);
        await migration[method](sql);
        if (method === 'up') await sql`insert into ${sql(HISTORY_TABLE)} (name) values (${name})`;
        else await sql`delete from ${sql(HISTORY_TABLE)} where name = ${name}`;
      });
    } catch (cause) {
      throw describeFailure(name, cause, connection.sql.options.user);
    }
  }
}

/** After a lost connection the driver reconnects by itself, without the lock. */
async function checkConnection(sql: TransactionSql, backend: number): Promise<void> {
  const [row] = await sql<{ backend: number }[]>`select pg_backend_pid() as backend`;
  if (row?.backend === backend) return;
  throw new DoiError(
    'database_unavailable',
    'The connection to PostgreSQL was lost between two migrations, and the lock with it.',
    'Run "doi migrate" again: what was applied stays, the rest follows.',
  );
}

// SQLSTATEs of class 42: no rights, or an object that is there already or is missing.
function describeFailure(name: string, cause: unknown, role: string): unknown {
  const state = String((cause as { code?: unknown } | null)?.code ?? '');
  if (!(cause instanceof Error) || !/^42/.test(state)) return cause;
  const remedy =
    state === '42501'
      ? grantRemedy(cause, role)
      : 'Correct that and run "doi migrate" again; DOI_SCHEMA gives the project a schema of its own.';
  return new DoiError(
    'schema_incompatible',
    `Migration ${name} cannot be applied: ${cause.message} (${state}). Nothing of it was applied.`,
    remedy,
    { cause },
  );
}
