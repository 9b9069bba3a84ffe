/** Makes PostgreSQL analyse tables at once: autovacuum comes a minute later, and to small tables never. */
import type { Sql } from './sql.js';

/** Analyses those of the tables that this user owns, without any that another command has locked. */
export async function analyzeTables(sql: Sql, tables: readonly string[]): Promise<void> {
  const rows = await sql<{ name: string }[]>`
    select c.oid::regclass::text as name
    from unnest(${tables as string[]}::text[]) as t (name) join pg_class c on c.oid = to_regclass(t.name)
    where pg_get_userbyid(c.relowner) = current_user`;
  if (rows.length === 0) return;
  await sql.unsafe(`analyze (skip_locked) ${rows.map(({ name }) => name).join(', ')}`);
}
