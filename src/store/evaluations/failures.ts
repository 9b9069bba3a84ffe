/**
 * Records that a start ended without a verdict: beside the repository's row, which stays, and with the time of the next try;
 * counts such repositories by the code of the error.
 */
import { type Sql, statement } from '../../platform/postgres/sql.js';
import { type Deferral, deferWrites, retryAt, type StartedKey } from '../requests/end-requests.js';

export interface NewFailure extends Deferral {
  readonly code: string;
  readonly message: string;
  readonly remedy: string;
  /** The longest delay until the next start, in milliseconds: what did not break may have to be judged sooner. */
  readonly recheckMs?: number;
}

/**
 * The writes of a failure, as common table expressions `failure`, `delayed` and `later` of a longer statement.
 * Where the repository has no request any more, another start has overtaken this one, and nothing is recorded.
 * @param condition whether to write at all, in the terms of that longer statement
 */
export function failureWrites(sql: Sql, request: StartedKey, failure: NewFailure, condition = sql`true`) {
  const { retryMs, recheckMs = retryMs } = failure;
  const deferral = { ...failure, retryMs: Math.min(retryMs, recheckMs) };
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
    ), ${deferWrites(sql, request, deferral, condition)}`;
}

/**
 * The condition under which the failure `f` still stands beside the evaluation `e`: a newer evaluation voids it, although
 * two concurrent writers can leave its row there.
 */
export const FAILURE_STANDS = 'f.observation >= coalesce(e.observation, 0)';

/** {@link FAILURE_STANDS}, as a fragment of a statement. */
export function failureStands(sql: Sql) {
  return sql.unsafe(FAILURE_STANDS);
}

/** Records a failure and delays its request. The repository's row and verdicts are not touched. */
export async function recordFailure(sql: Sql, request: StartedKey, failure: NewFailure): Promise<void> {
  await statement(sql`with ${failureWrites(sql, request, failure)} select 1`);
}

export interface FailureCount {
  readonly code: string;
  readonly count: number;
}

/**
 * Counts the active repositories that have a failure, by its code, the most frequent first. Locks nothing; reads by the
 * primary keys of our tables.
 * @throws {DoiError} `database_unavailable`, `schema_incompatible`
 */
export async function countFailuresByCode(sql: Sql): Promise<FailureCount[]> {
  return await statement(sql<FailureCount[]>`
    select f.code, count(*)::int as count
    from doi_failure f
    join managed_repos r on r.id = f.repo_id and r.status = 'active'
    left join doi_evaluation e on e.repo_id = f.repo_id
    where ${failureStands(sql)}
    group by f.code order by count(*) desc, f.code`);
}
