/** Reads the identity of this database, which names its queues in Redis. */
import { DoiError } from '../domain/errors.js';
import { databaseError, type Sql } from '../platform/sql.js';

/** @throws {DoiError} `database_unavailable`, `schema_incompatible` where the table or its row is missing */
export async function readInstallation(sql: Sql): Promise<string> {
  let row: { id: string } | undefined;
  try {
    [row] = await sql<{ id: string }[]>`select id::text as id from doi_installation`;
  } catch (error) {
    throw databaseError(error);
  }
  if (row !== undefined) return row.id;
  throw new DoiError(
    'schema_incompatible',
    'doi_installation has no row: the queues of this database have no name.',
    'Run "insert into doi_installation default values;" in it, and restart the processes.',
  );
}
