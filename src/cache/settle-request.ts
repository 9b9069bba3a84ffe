/** Ends a request: settled, or put back as if it had not been started. */
import { databaseError, type Sql, withoutWaiting } from '../platform/sql.js';
import { type Observation, observationWrites } from './record-observations.js';

/** One start of one ask. */
export interface StartedKey {
  readonly repoId: string;
  /** Names the ask. */
  readonly seq: string;
  /** Names the start: the database's time, in ISO 8601 with microseconds. */
  readonly startedAt: string;
  /** Orders what the start found. */
  readonly observation: string;
}

/**
 * The condition under which the end of a start settles its request, as a fragment: it is that very ask, in that very
 * start. A server that died may have lost the start, and what was asked for since is then the same ask, not started.
 */
export function isStarted(sql: Sql, { repoId, seq, startedAt }: Omit<StartedKey, 'observation'>) {
  return sql`repo_id = ${repoId} and seq = ${seq} and started_at = ${startedAt}::text::timestamptz`;
}

/**
 * Settles a request: what it asked for is done, or nothing is left to do. A later ask has another `seq` and stays; its
 * starts are counted anew, since a run has ended.
 * @returns whether this very request was still open
 */
export async function settleRequest(sql: Sql, request: StartedKey): Promise<boolean> {
  const { repoId, seq } = request;
  try {
    const result = await sql`
      with later as (update doi_request set starts = 0 where repo_id = ${repoId} and seq <> ${seq})
      delete from doi_request where ${isStarted(sql, request)}`;
    return result.count > 0;
  } catch (error) {
    throw databaseError(error);
  }
}

/**
 * Settles a request whose repository is as it was when it was last judged, and records what was seen. Does not wait for
 * the disk: where the server dies and loses it, the request is there again, and is settled again.
 */
export async function settleAsFresh(
  sql: Sql,
  request: StartedKey,
  { host, seen }: { readonly host: string; readonly seen: Observation },
): Promise<void> {
  const { repoId, seq } = request;
  try {
    await sql`
      with later as (update doi_request set starts = 0 where repo_id = ${repoId} and seq <> ${seq}),
      ${observationWrites(sql, host, seen)}
      delete from doi_request using (select ${withoutWaiting(sql)}) quick
      where ${isStarted(sql, request)}`;
  } catch (error) {
    throw databaseError(error);
  }
}

/**
 * Puts a started request back, so that the start does not count: the worker stops, or its host is in trouble. It counts
 * for a later ask neither. Where another worker has started the same ask since, that start is left alone.
 */
export async function putBackRequest(sql: Sql, { repoId, seq, startedAt }: StartedKey): Promise<void> {
  try {
    await sql`
      update doi_request set
        started_at = case when seq = ${seq} then null else started_at end, starts = greatest(starts - 1, 0)
      where repo_id = ${repoId} and (seq <> ${seq} or started_at = ${startedAt}::text::timestamptz)`;
  } catch (error) {
    throw databaseError(error);
  }
}
