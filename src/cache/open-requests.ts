/** Finds requests that should be running and perhaps are not. */
import { databaseError, type Sql } from '../platform/sql.js';

export interface OpenRequest {
  readonly repoId: string;
  readonly priority: number;
}

/**
 * The open requests of some repositories that are due: those to be tried again whose time has come, and those older
 * than `olderThanMs`, whose wake-up may have been lost with Redis or with the process that sent it. A time that is still
 * to come is of a clock that was set back: nobody knows how old such a request is. Waking one that runs or waits is
 * harmless. Most urgent first.
 */
export async function findDueRequests(
  sql: Sql,
  repoIds: readonly string[],
  olderThanMs: number,
): Promise<OpenRequest[]> {
  if (repoIds.length === 0) return [];
  try {
    return await sql<OpenRequest[]>`
      select repo_id::text as "repoId", priority
      from doi_request
      where repo_id = any(${repoIds as string[]}::uuid[])
        and case
          when not_before is null then
            coalesce(started_at, requested_at) not between
              clock_timestamp() - ${olderThanMs} * interval '1 millisecond' and clock_timestamp()
          else not_before <= clock_timestamp()
        end
      order by priority, requested_at`;
  } catch (error) {
    throw databaseError(error);
  }
}
