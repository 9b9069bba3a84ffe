/** Reads the identity of this database, which names its queues in Redis. */
import { DoiError } from '../domain/errors.js';
import { type Sql, statement } from '../platform/postgres/sql.js';

/** @throws {DoiError} `database_unavailable`, `schema_incompatible` where the table or its row is missing */
export async function readInstallation(sql: Sql): Promise<string> {
  const [row] = await statement(sql<{ id: string }[]>`select id::text as id from doi_installation`);
  if (row !== undefined) return row.id;
  throw new DoiError(
    'schema_incompatible',
    'doi_installation has no row: the queues of this database have no name.',
    'Run "insert into doi_installation default values;" in it, and restart the processes.',
  );
}

/* Names one life of the database: another name after a crash, a restart, a failover or a restore of its files. */

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
  const [row] = await statement(sql<{ name: string }[]>`select ${incarnation(sql)} as name`);
  return row?.name ?? '';
}
