/** Records that an evaluation broke: beside the row, which stays, and with the time of the next try. */
import { databaseError, type Sql } from '../platform/sql.js';
import type { RequestKey } from './settle-request.js';

export interface NewFailure {
  readonly code: string;
  readonly message: string;
  readonly remedy: string;
  /** What was probed when it broke; null where the probe itself broke. */
  readonly fingerprint: string | null;
  /** How long until the next try, in milliseconds. */
  readonly retryMs: number;
}

/**
 * The two writes of a failure, as common table expressions `failure` and `delayed` of a longer statement.
 * A request that was asked anew meanwhile has another `seq` and is not delayed.
 * @param condition whether to write at all, in the terms of that longer statement
 */
export function failureWrites(
  sql: Sql,
  { repoId, seq }: RequestKey,
  failure: NewFailure,
  condition = sql`true`,
) {
  return sql`
    failure as (
      insert into doi_failure as f (repo_id, code, message, remedy, fingerprint, attempts, since, last_at)
      select r.id, ${failure.code}, ${failure.message}, ${failure.remedy}, ${failure.fingerprint}, 1,
        clock_timestamp(), clock_timestamp()
      from managed_repos r where r.id = ${repoId} and ${condition}
      on conflict (repo_id) do update set
        code = excluded.code, message = excluded.message, remedy = excluded.remedy,
        fingerprint = excluded.fingerprint, attempts = f.attempts + 1, last_at = excluded.last_at
    ), delayed as (
      update doi_request set
        started_at = null, starts = 0, wanted = coalesce(${failure.fingerprint}, wanted),
        not_before = clock_timestamp() + ${failure.retryMs} * interval '1 millisecond'
      where repo_id = ${repoId} and seq = ${seq} and ${condition}
    )`;
}

/** Records a failure and delays its request. The repository's row and verdicts are not touched. */
export async function recordFailure(sql: Sql, request: RequestKey, failure: NewFailure): Promise<void> {
  try {
    await sql`with ${failureWrites(sql, request, failure)} select 1`;
  } catch (error) {
    throw databaseError(error);
  }
}
