/** Identifies the database: the installation, which names the queues in Redis, and the life of this database. */
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

/**
 * The name of one life of the database, as an expression: another name after a crash, a restart, a failover or a restore of
 * its files. The row of the unlogged table is gone after a crash and on a promoted replica; the server's start and the
 * database's number differ where a copy of its files, row included, took its place.
 */
export function incarnation(sql: Sql) {
  return sql`concat_ws(' ', extract(epoch from pg_postmaster_start_time()),
    (select oid from pg_database where datname = current_database()), (select id from doi_incarnation))`;
}

/** Reads the name of this life of the database. @throws {DoiError} `database_unavailable`, `schema_incompatible` */
export async function readIncarnation(sql: Sql): Promise<string> {
  const [row] = await statement(sql<{ name: string }[]>`select ${incarnation(sql)} as name`);
  return row?.name ?? '';
}
