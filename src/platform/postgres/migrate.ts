/** Brings the database to this release's schema, or removes that schema; one run at a time, however many are started. */
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { down, up } from 'ley';
import { packageRoot } from '../process/package-root.js';
import { databaseError } from './database-error.js';
import { HISTORY_TABLE, makeDriver } from './ley-driver.js';
import { TABLE_RIGHTS } from './needed-rights.js';
import { checkEncoding } from './session.js';
import { analyzeTables, closeSql, openSql, type Sql } from './sql.js';

export interface MigrateOptions {
  readonly url: string;
  /** The schema for our tables, created where it is missing; undefined for the server's default search path. */
  readonly schema?: string | undefined;
  /** `down` reverts all applied migrations; tables of a State Hub stay. */
  readonly direction: 'up' | 'down';
  /** Runs after `up`, also where there was nothing to do; throws where tables of another program lack something. */
  readonly verify: (sql: Sql) => Promise<void>;
  /** Longest time to wait for another run to end, in milliseconds. */
  readonly lockTimeoutMs?: number;
}

/**
 * Migrates. Several at once are safe: one does the work, the others wait for it and find nothing to do.
 * @returns the names of the migrations that this run applied or reverted, in that order.
 * @throws {DoiError} `database_unavailable`, also where another run does not end in time; `schema_incompatible`.
 */
export async function migrate(settings: MigrateOptions): Promise<string[]> {
  const { url, schema, direction, verify, lockTimeoutMs = 60_000 } = settings;
  const dir = 'migrations';
  const driver = makeDriver({ url, schema, folder: join(packageRoot, dir), lockTimeoutMs });
  const options = { cwd: packageRoot, dir, driver, config: {} };
  try {
    if (direction === 'down') return await down({ ...options, all: true });
    await connected(settings, checkEncoding);
    const applied = await up(options);
    await connected(settings, async (sql) => {
      await verify(sql);
      // Also after a restore, which leaves PostgreSQL without statistics.
      await analyzeTables(sql, Object.keys(TABLE_RIGHTS));
    });
    return applied;
  } catch (error) {
    throw databaseError(error);
  }
}

type Place = Pick<MigrateOptions, 'url' | 'schema'>;

/**
 * Counts what `down` would delete.
 * @returns one text a kind, such as `4 repositories`; none where nothing was migrated
 * @throws {DoiError} `database_unavailable`
 */
export function previewDown(place: Place): Promise<string[]> {
  return connected(place, (sql) => countDoomed(sql, place.schema));
}

async function connected<T>({ url, schema }: Place, use: (sql: Sql) => Promise<T>): Promise<T> {
  const sql = openSql({ url, schema, purpose: 'migrate', connections: 1 });
  try {
    return await use(sql);
  } catch (error) {
    throw databaseError(error, sql.options.user);
  } finally {
    await closeSql(sql);
  }
}

export interface MigrationState {
  /** The applied migrations, in their order; empty where none was ever applied. */
  readonly applied: readonly string[];
  /** The migrations of this release, in their order. */
  readonly known: readonly string[];
}

/**
 * Reads which migrations were applied. Locks nothing.
 * @param schema our own, where DOI_SCHEMA names one: a table in `public` is then another program's
 */
export async function readMigrationState(sql: Sql, schema: string | undefined): Promise<MigrationState> {
  const known = (await readdir(join(packageRoot, 'migrations'))).sort();
  const table = schema === undefined ? HISTORY_TABLE : `${schema}.${HISTORY_TABLE}`;
  const [row] = await sql<{ there: boolean }[]>`select to_regclass(${table}) is not null as there`;
  if (!row?.there) return { applied: [], known };
  const applied = await sql<{ name: string }[]>`select name from ${sql(table)} order by id`;
  return { applied: applied.map(({ name }) => name), known };
}

/** The tables whose rows people would miss, each with the word for one row and for several. */
const ROWS = {
  managed_repos: ['repository', 'repositories'],
  domains: ['domain', 'domains'],
  repo_goals: ['goal', 'goals'],
  tpsc_snapshots: ['TPSC snapshot', 'TPSC snapshots'],
  doi_cache: ['report', 'reports'],
  doi_history: ['change of the history', 'changes of the history'],
} as const;
type Table = keyof typeof ROWS;

/**
 * Counts the rows of the tables that would be dropped; those of a State Hub are not.
 * @returns one text a table, such as `4 repositories`; none where nothing was migrated
 */
export async function countDoomed(sql: Sql, schema: string | undefined): Promise<string[]> {
  const { applied } = await readMigrationState(sql, schema);
  if (applied.length === 0) return [];
  const counts: string[] = [];
  for (const table of await findDoomed(sql)) {
    const [row] = await sql<{ count: number }[]>`select count(*)::int as count from ${sql(table)}`;
    const count = row?.count ?? 0;
    counts.push(`${count} ${ROWS[table][count === 1 ? 0 : 1]}`);
  }
  return counts;
}

/** The migrations drop only tables that they made, which they know by the comment; only they make `doi_history`. */
async function findDoomed(sql: Sql): Promise<Table[]> {
  const names = Object.keys(ROWS) as Table[];
  const rows = await sql<{ name: Table }[]>`
    select relname as name from pg_class
    where relname in ${sql(names)} and relkind = 'r' and pg_table_is_visible(oid)
      and (relname = 'doi_history' or obj_description(oid, 'pg_class') like 'Made by doi-worker%')`;
  const doomed = rows.map(({ name }) => name);
  return names.filter((name) => doomed.includes(name));
}
