/** Brings the database to this release's schema, or takes it back; one run at a time, however many are started. */
import { join } from 'node:path';
import { down, up } from 'ley';
import { analyzeTables } from './analyze-tables.js';
import { checkEncoding } from './check-encoding.js';
import { countDoomed } from './count-doomed.js';
import { databaseError } from './database-error.js';
import { makeDriver } from './ley-driver.js';
import { TABLE_RIGHTS } from './needed-rights.js';
import { packageRoot } from './package-root.js';
import { closeSql, openSql, type Sql } from './sql.js';

export interface MigrateSettings {
  readonly url: string;
  /** The schema for our tables, made where it is missing; without one, the server's default search path. */
  readonly schema?: string | undefined;
  /** `down` takes back everything that was applied; tables of a State Hub stay. */
  readonly direction: 'up' | 'down';
  /** Run after `up`, also where there was nothing to do: throws where tables that others made lack something. */
  readonly verify: (sql: Sql) => Promise<void>;
  /** Longest time to wait for another run to end, in milliseconds. */
  readonly lockTimeoutMs?: number;
}

/**
 * Migrates. Several at once are safe: one does the work, the others wait for it and find nothing to do.
 * @returns the names of the migrations that this run applied or took back, in that order.
 * @throws {DoiError} `database_unavailable`, also where another run does not end in time; `schema_incompatible`.
 */
export async function migrate(settings: MigrateSettings): Promise<string[]> {
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
      // Also after a restore, which leaves PostgreSQL without its counts.
      await analyzeTables(sql, Object.keys(TABLE_RIGHTS));
    });
    return applied;
  } catch (error) {
    throw databaseError(error);
  }
}

type Place = Pick<MigrateSettings, 'url' | 'schema'>;

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
