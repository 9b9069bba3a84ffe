/** Records that an evaluation broke: beside the row, which stays, and with the time of the next try. */
import { type Sql, statement } from '../../platform/postgres/sql.js';
import { type Deferral, deferWrites, retryAt, type StartedKey } from '../requests/end-requests.js';

export interface NewFailure extends Deferral {
  readonly code: string;
  readonly message: string;
  readonly remedy: string;
  /** After how long the request is looked at in any case, in milliseconds: what did not break may come due before. */
  readonly lookMs?: number;
}

/**
 * The writes of a failure, as common table expressions `failure`, `delayed` and `later` of a longer statement.
 * Where nothing is asked for any more, another run has overtaken this one, and nothing is recorded.
 * @param condition whether to write at all, in the terms of that longer statement
 */
export function failureWrites(sql: Sql, request: StartedKey, failure: NewFailure, condition = sql`true`) {
  const { retryMs, lookMs = retryMs } = failure;
  const putOff = { ...failure, retryMs: Math.min(retryMs, lookMs) };
  return sql`
    failure as (
      insert into doi_failure as f (repo_id, observation, code, message, remedy, fingerprint, attempts, since,
        last_at, retry_at)
      select r.repo_id, ${request.observation}::bigint, ${failure.code}, ${failure.message}, ${failure.remedy}, ${failure.fingerprint}, 1,
        clock_timestamp(), clock_timestamp(), ${retryAt(sql, failure.retryMs)}
      from doi_request r where r.repo_id = ${request.repoId} and ${condition}
      on conflict (repo_id) do update set
        observation = excluded.observation, code = excluded.code, message = excluded.message, remedy = excluded.remedy,
        fingerprint = excluded.fingerprint, attempts = f.attempts + 1, last_at = excluded.last_at,
        retry_at = excluded.retry_at
      where f.observation < excluded.observation
    ), ${deferWrites(sql, request, putOff, condition)}`;
}

/**
 * Whether the failure `f` stands beside the evaluation `e`, as a condition of a statement: one that a newer evaluation
 * has overtaken does not, although two writers at once can leave it there.
 */
export const FAILURE_STANDS = 'f.observation >= coalesce(e.observation, 0)';

/** {@link FAILURE_STANDS}, as a part of a statement. */
export function failureStands(sql: Sql) {
  return sql.unsafe(FAILURE_STANDS);
}

/** Records a failure and delays its request. The repository's row and verdicts are not touched. */
export async function recordFailure(sql: Sql, request: StartedKey, failure: NewFailure): Promise<void> {
  await statement(sql`with ${failureWrites(sql, request, failure)} select 1`);
}

/*
 * Counts the active repositories whose last tries broke, by the code of the error.
 * Locks: nothing. Index: the primary keys of our tables.
 */

export interface FailureCount {
  readonly code: string;
  readonly count: number;
}

/** The most frequent first. @throws {DoiError} `database_unavailable`, `schema_incompatible` */
export async function countFailuresByCode(sql: Sql): Promise<FailureCount[]> {
  return await statement(sql<FailureCount[]>`
    select f.code, count(*)::int as count
    from doi_failure f
    join managed_repos r on r.id = f.repo_id and r.status = 'active'
    left join doi_evaluation e on e.repo_id = f.repo_id
    where ${failureStands(sql)}
    group by f.code order by count(*) desc, f.code`);
}
