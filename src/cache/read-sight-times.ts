/** Reads as of when the records of home hosts are known, for many repositories at once. */
import type { SightTimes } from '../domain/sight.js';
import { databaseError, type Sql } from '../platform/sql.js';

/** The times by repository id; one that no host has recorded is not in it. Locks nothing. */
export async function readSightTimes(sql: Sql, repoIds: readonly string[]): Promise<Map<string, SightTimes>> {
  if (repoIds.length === 0) return new Map();
  const exact = (column: string) =>
    sql`to_char(${sql(column)} at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')`;
  try {
    const rows = await sql<(SightTimes & { repo_id: string })[]>`
      select b.repo_id::text, ${exact('b.seen_at')} as seen_at, ${exact('b.recorded_at')} as recorded_at,
        ${exact('c.checked_at')} as checked_exact, ${exact('h.heartbeat')} as heartbeat,
        ${exact('h.heartbeat')} as heartbeat_exact,
        to_char(clock_timestamp() at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') as clock
      from doi_observation b
      left join doi_cache c on c.repo_id = b.repo_id
      left join doi_host h on h.host = b.host
      where b.repo_id = any(${repoIds as string[]}::uuid[])`;
    return new Map(rows.map(({ repo_id: repoId, ...times }) => [repoId, times]));
  } catch (error) {
    throw databaseError(error);
  }
}
