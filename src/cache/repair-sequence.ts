/** Repairs the sequence of observation numbers after a restore. */
import { databaseError, type Sql } from '../platform/sql.js';

/**
 * Moves the sequence past the highest observation that was written, where a restored backup left it behind: every
 * write would be refused as older. Never moves it back.
 */
export async function repairObservationSequence(sql: Sql): Promise<void> {
  try {
    await sql`
      select setval('doi_observation_seq', e.highest + 1000)
      from (select max(observation) as highest from doi_evaluation) e, doi_observation_seq s
      where e.highest > s.last_value`;
  } catch (error) {
    throw databaseError(error);
  }
}
