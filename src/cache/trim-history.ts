/** Trims the history. */
import { databaseError, type Sql } from '../platform/sql.js';

/** Deletes changes older than `days`. @returns how many */
export async function trimHistory(sql: Sql, days: number): Promise<number> {
  try {
    const result =
      await sql`delete from doi_history where at < clock_timestamp() - ${days} * interval '1 day'`;
    return result.count;
  } catch (error) {
    throw databaseError(error);
  }
}
