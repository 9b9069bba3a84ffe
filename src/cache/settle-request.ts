/** Ends a request: settled, or put back as if it had not been started. */
import { databaseError, type Sql } from '../platform/sql.js';

export interface RequestKey {
  readonly repoId: string;
  readonly seq: string;
}

/**
 * Settles a request: what it asked for is done, or nothing is left to do. A later ask has another `seq` and stays; its
 * starts are counted anew, since a run has ended.
 * @returns whether this very request was still open
 */
export async function settleRequest(sql: Sql, { repoId, seq }: RequestKey): Promise<boolean> {
  try {
    const result = await sql`
      with later as (update doi_request set starts = 0 where repo_id = ${repoId} and seq <> ${seq})
      delete from doi_request where repo_id = ${repoId} and seq = ${seq}`;
    return result.count > 0;
  } catch (error) {
    throw databaseError(error);
  }
}

/**
 * Puts a started request back, so that the start does not count: the worker stops, or its host is in trouble. It counts
 * for a later ask neither, which another worker may have started meanwhile.
 */
export async function putBackRequest(sql: Sql, { repoId, seq }: RequestKey): Promise<void> {
  try {
    await sql`
      update doi_request set
        started_at = case when seq = ${seq} then null else started_at end, starts = greatest(starts - 1, 0)
      where repo_id = ${repoId} and (seq <> ${seq} or started_at is not null)`;
  } catch (error) {
    throw databaseError(error);
  }
}
