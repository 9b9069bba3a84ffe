/** Checks that the database is in UTF-8: in any other encoding what people write breaks every evaluation that meets it. */
import { databaseError, notUtf8 } from './database-error.js';
import type { Sql } from './sql.js';

/** @throws {DoiError} `schema_incompatible` where it is not; `database_unavailable` */
export async function checkEncoding(sql: Sql): Promise<void> {
  const encoding = await readEncoding(sql);
  if (encoding !== 'UTF8') throw notUtf8(`its encoding is ${encoding}`);
}

async function readEncoding(sql: Sql): Promise<string | undefined> {
  try {
    const rows = await sql<{ encoding: string }[]>`select current_setting('server_encoding') as encoding`;
    return rows[0]?.encoding;
  } catch (error) {
    throw databaseError(error);
  }
}
