/** Counts what `doi migrate --down` would delete, so that whoever runs it knows before. */
import { readMigrationState } from './migration-state.js';
import type { Sql } from './sql.js';

/** The tables whose rows people miss, each with what one row and several rows are called. */
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

/** The migrations drop what they made, and know it by its comment; `doi_history` has no other maker. */
async function findDoomed(sql: Sql): Promise<Table[]> {
  const names = Object.keys(ROWS) as Table[];
  const rows = await sql<{ name: Table }[]>`
    select relname as name from pg_class
    where relname in ${sql(names)} and relkind = 'r' and pg_table_is_visible(oid)
      and (relname = 'doi_history' or obj_description(oid, 'pg_class') like 'Made by doi-worker%')`;
  const doomed = rows.map(({ name }) => name);
  return names.filter((name) => doomed.includes(name));
}
