/** Names one life of the database: another name after a crash, a restart, a failover or a restore of its files. */
import { databaseError, type Sql } from './sql.js';

/**
 * The name, as an expression. The row of the unlogged table is gone after a crash and on a promoted replica; the start
 * of the server and the database's number are other ones where a copy of its files took its place, row included.
 */
export function incarnation(sql: Sql) {
  return sql`concat_ws(' ', extract(epoch from pg_postmaster_start_time()),
    (select oid from pg_database where datname = current_database()), (select id from doi_incarnation))`;
}

/** Reads the name. @throws {DoiError} `database_unavailable`, `schema_incompatible` */
export async function readIncarnation(sql: Sql): Promise<string> {
  try {
    const [row] = await sql<{ name: string }[]>`select ${incarnation(sql)} as name`;
    return row?.name ?? '';
  } catch (error) {
    throw databaseError(error);
  }
}
