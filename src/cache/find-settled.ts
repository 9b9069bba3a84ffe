/** Finds which asks have come to their end. */
import { databaseError, type Sql } from '../platform/sql.js';

/** An ask, and what was started before it at the latest. */
export interface AwaitedAsk {
  readonly repoId: string;
  /** The last observation number that had been drawn when the ask was committed. */
  readonly after: string;
}

/**
 * The last observation number that was drawn: what starts from now on has a greater one.
 * @throws {DoiError} `database_unavailable`, `schema_incompatible`
 */
export async function readLastObservation(sql: Sql): Promise<string> {
  try {
    const [row] = await sql<{ last: string }[]>`select last_value::text as last from doi_observation_seq`;
    return row?.last ?? '0';
  } catch (error) {
    throw databaseError(error);
  }
}

/**
 * Finds the asks whose evaluation has ended: it was written, it broke, or it was put off. Another ask since does not hide
 * that, since what started after the ask tells by its observation number. Locks nothing; looks up primary keys.
 * @returns for each, in their order, whether it has ended
 * @throws {DoiError} `database_unavailable`, `schema_incompatible`
 */
export async function findSettled(sql: Sql, asks: readonly AwaitedAsk[]): Promise<boolean[]> {
  const ids = asks.map(({ repoId }) => repoId);
  const observations = asks.map(({ after }) => after);
  try {
    const rows = await sql<{ settled: boolean }[]>`
      select q.repo_id is null or coalesce(q.not_before > clock_timestamp(), false)
        or coalesce(greatest(e.observation, f.observation) > a.after, false) as settled
      from unnest(${ids}::text[], ${observations}::text[]) with ordinality as given (id, observation, place)
      cross join lateral (select given.id::uuid as id, given.observation::bigint as after) a
      left join doi_request q on q.repo_id = a.id
      left join doi_evaluation e on e.repo_id = a.id
      left join doi_failure f on f.repo_id = a.id
      order by given.place`;
    return rows.map(({ settled }) => settled);
  } catch (error) {
    throw databaseError(error);
  }
}
