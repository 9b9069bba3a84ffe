/** Compares the migrations that a database has with those of this release, without changing anything. */
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { HISTORY_TABLE } from './ley-driver.js';
import { packageRoot } from './package-root.js';
import type { Sql } from './sql.js';

export interface MigrationState {
  /** In the order in which they were applied; none where nothing ever was. */
  readonly applied: readonly string[];
  /** Those of this release, in their order. */
  readonly known: readonly string[];
}

/**
 * Reads which migrations were applied. Locks nothing.
 * @param schema the one of our own, where there is one: what lies in `public` is then somebody else's
 */
export async function readMigrationState(sql: Sql, schema: string | undefined): Promise<MigrationState> {
  const known = (await readdir(join(packageRoot, 'migrations'))).sort();
  const table = schema === undefined ? HISTORY_TABLE : `${schema}.${HISTORY_TABLE}`;
  const [row] = await sql<{ there: boolean }[]>`select to_regclass(${table}) is not null as there`;
  if (!row?.there) return { applied: [], known };
  const applied = await sql<{ name: string }[]>`select name from ${sql(table)} order by id`;
  return { applied: applied.map(({ name }) => name), known };
}
