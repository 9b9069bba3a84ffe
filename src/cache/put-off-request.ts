/** Puts a request off, without a failure: what stood in its way was not the repository. */
import { PRIORITY } from '../domain/request.js';
import { databaseError, type Sql } from '../platform/sql.js';
import type { StartedKey } from './settle-request.js';

export interface PutOff {
  /** What was probed; null where the probe itself broke. The same sight, asked for again, does not end the delay. */
  readonly fingerprint: string | null;
  /** How long until the next try, in milliseconds. */
  readonly retryMs: number;
  /** Whether all was judged, and it waits for something else: nobody insists on that any more. */
  readonly isJudged?: boolean;
}

/**
 * The writes that put a request off, as common table expressions `delayed` and `later` of a longer statement. Its run has
 * ended, so its starts are counted anew. A request that was asked anew meanwhile has another `seq` and is not delayed,
 * unless it wants the very inputs that were seen: the watch asks for these while a slow evaluation runs, which would
 * then be tried again without a pause. The next try goes as the watch's do: a person who asked has been answered.
 * @param condition whether to write at all, in the terms of that longer statement
 */
export function putOffWrites(
  sql: Sql,
  { repoId, seq }: StartedKey,
  { fingerprint, retryMs, isJudged = false }: PutOff,
  condition = sql`true`,
) {
  return sql`
    delayed as (
      update doi_request set
        started_at = null, starts = 0, wanted = coalesce(${fingerprint}, wanted),
        forced = forced and not (seq = ${seq} and ${isJudged}),
        priority = greatest(priority, ${PRIORITY.watch}), not_before = ${retryAt(sql, retryMs)}
      where repo_id = ${repoId} and (seq = ${seq} or wanted = ${fingerprint}) and ${condition}
    ), later as (
      update doi_request set starts = 0
      where repo_id = ${repoId} and seq <> ${seq} and (wanted = ${fingerprint}) is not true and ${condition}
    )`;
}

/** The time of the next try, as an expression. */
export function retryAt(sql: Sql, retryMs: number) {
  return sql`clock_timestamp() + ${retryMs} * interval '1 millisecond'`;
}

/** Puts a request off. Neither the repository's row nor its failure is touched. */
export async function putOffRequest(sql: Sql, request: StartedKey, wait: PutOff): Promise<void> {
  try {
    await sql`with ${putOffWrites(sql, request, wait)} select 1`;
  } catch (error) {
    throw databaseError(error);
  }
}
