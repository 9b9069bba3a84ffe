/** Brings the database to this release's schema, or takes it back; one run at a time, however many are started. */
import { join } from 'node:path';
import { down, up } from 'ley';
import { makeDriver } from './ley-driver.js';
import { packageRoot } from './package-root.js';
import { closeSql, databaseError, openSql, type Sql } from './sql.js';

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
    const applied = await up(options);
    await verifyWith(verify, settings);
    return applied;
  } catch (error) {
    throw databaseError(error);
  }
}

async function verifyWith(
  verify: MigrateSettings['verify'],
  { url, schema }: MigrateSettings,
): Promise<void> {
  const sql = openSql({ url, schema, purpose: 'verify', connections: 1 });
  try {
    await verify(sql);
  } finally {
    await closeSql(sql);
  }
}
