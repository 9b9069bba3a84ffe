/** Trims what is kept of the past. */
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

/** Deletes the reports of sweeps that began more than `days` ago. */
export async function trimSweeps(sql: Sql, days: number): Promise<void> {
  try {
    await sql`
      delete from doi_sweep
      where finished_at is not null and started_at < clock_timestamp() - ${days} * interval '1 day'`;
  } catch (error) {
    throw databaseError(error);
  }
}
