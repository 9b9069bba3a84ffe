/** Starts requests: marks them started and gives each start its observation number. */
import { iso, type Sql, statement, withoutWaiting } from '../../platform/postgres/sql.js';

export interface StartedRequest {
  /** Identifies this request; completing it deletes no later one. */
  readonly seq: string;
  /** Orders evaluations: the higher number began later. */
  readonly observation: string;
  readonly forced: boolean;
  readonly reason: string;
  readonly priority: number;
  /** How many requests of which reason were collapsed into it, beside its own. */
  readonly collapsed: Readonly<Record<string, number>>;
  /** The database's time at the start, in ISO 8601 with microseconds. */
  readonly startedAt: string;
  /** How often it was started since it last ended, this start included. */
  readonly starts: number;
}

/**
 * Starts the open request of a repository and draws a new observation number. The probe must not begin before this has
 * returned: a number drawn inside the probing statement can be higher than that of a newer snapshot.
 *
 * Locks the requests' rows, in the order of the repository ids. Makes sure that doi_evaluation has a row, which the write
 * locks. Does not wait for the disk: a server that dies loses the start whole, with all that was written because of it; what
 * ends a start names it, so that the request stays open and a worker starts it again.
 * @returns undefined where there is no request, or it is deferred to a later time
 */
export async function startRequest(sql: Sql, repoId: string): Promise<StartedRequest | undefined> {
  return (await startRequests(sql, [repoId]))[0];
}

/**
 * {@link startRequest} for several repositories, in one statement.
 * @returns one for each, in their order; for a repository that is named twice only the first is started
 */
export async function startRequests(
  sql: Sql,
  repoIds: readonly string[],
): Promise<(StartedRequest | undefined)[]> {
  const rows = await statement(sql<(StartedRequest & { repo_id: string; set_config: string })[]>`
    with started as (
      update doi_request q set started_at = clock_timestamp(), starts = starts + 1
      from (
        select repo_id from doi_request where repo_id = any(${repoIds as string[]}::uuid[])
        order by repo_id for update
      ) held
      where q.repo_id = held.repo_id and (not_before is null or not_before <= clock_timestamp())
      returning q.repo_id, seq, forced, reason, priority, collapsed, starts, started_at
    ), evaluation as (
      insert into doi_evaluation (repo_id) select repo_id from started on conflict do nothing
    )
    select repo_id::text, seq::text, nextval('doi_observation_seq')::text as observation, forced, reason, priority, collapsed, starts,
      ${iso(sql, 'started_at', 'US')} as "startedAt", ${withoutWaiting(sql)}
    from started`);
  const byId = new Map(rows.map(({ repo_id: repoId, set_config: _, ...row }) => [repoId, row]));
  return repoIds.map((repoId) => {
    const started = byId.get(repoId);
    byId.delete(repoId);
    return started;
  });
}
