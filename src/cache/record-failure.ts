/** Records that an evaluation broke: beside the row, which stays, and with the time of the next try. */
import { PRIORITY } from '../domain/request.js';
import { databaseError, type Sql } from '../platform/sql.js';
import type { StartedKey } from './settle-request.js';

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
 * The writes of a failure, as common table expressions `failure`, `delayed` and `later` of a longer statement.
 * A request that was asked anew meanwhile has another `seq` and is not delayed, unless it wants the very inputs that
 * failed: the watch asks for these while a slow evaluation runs, which would then be tried again without a pause.
 * The next try goes as the watch's do: a person who asked has been answered by the failure.
 * Where nothing is asked for any more, another run has overtaken this one, and nothing is recorded.
 * @param condition whether to write at all, in the terms of that longer statement
 */
export function failureWrites(
  sql: Sql,
  { repoId, seq, observation }: StartedKey,
  failure: NewFailure,
  condition = sql`true`,
) {
  return sql`
    failure as (
      insert into doi_failure as f (repo_id, observation, code, message, remedy, fingerprint, attempts, since,
        last_at, retry_at)
      select r.repo_id, ${observation}::bigint, ${failure.code}, ${failure.message}, ${failure.remedy}, ${failure.fingerprint}, 1,
        clock_timestamp(), clock_timestamp(), ${retryAt(sql, failure.retryMs)}
      from doi_request r where r.repo_id = ${repoId} and ${condition}
      on conflict (repo_id) do update set
        observation = excluded.observation, code = excluded.code, message = excluded.message, remedy = excluded.remedy,
        fingerprint = excluded.fingerprint, attempts = f.attempts + 1, last_at = excluded.last_at,
        retry_at = excluded.retry_at
      where f.observation < excluded.observation
    ), delayed as (
      update doi_request set
        started_at = null, starts = 0, wanted = coalesce(${failure.fingerprint}, wanted),
        priority = greatest(priority, ${PRIORITY.watch}),
        not_before = ${retryAt(sql, failure.retryMs)}
      where repo_id = ${repoId} and (seq = ${seq} or wanted = ${failure.fingerprint}) and ${condition}
    ), later as (
      update doi_request set starts = 0
      where repo_id = ${repoId} and seq <> ${seq} and wanted is distinct from ${failure.fingerprint}
        and ${condition}
    )`;
}

function retryAt(sql: Sql, retryMs: number) {
  return sql`clock_timestamp() + ${retryMs} * interval '1 millisecond'`;
}

/**
 * Whether the failure `f` stands beside the evaluation `e`, as a condition of a statement: one that a newer evaluation
 * has overtaken does not, although two writers at once can leave it there.
 */
export function failureStands(sql: Sql) {
  return sql`f.observation >= coalesce(e.observation, 0)`;
}

/** Records a failure and delays its request. The repository's row and verdicts are not touched. */
export async function recordFailure(sql: Sql, request: StartedKey, failure: NewFailure): Promise<void> {
  try {
    await sql`with ${failureWrites(sql, request, failure)} select 1`;
  } catch (error) {
    throw databaseError(error);
  }
}
