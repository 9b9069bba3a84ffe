/** Asks for evaluations. */
import { type Ask, PRIORITY } from '../domain/request.js';
import { databaseError, type Sql } from '../platform/sql.js';

/**
 * Records requests, one a repository. An ask that adds nothing to a request that has not started yet collapses into it;
 * an ask after a start is always a new one, and a person does not wait for the next try of what broke. Repositories
 * that are gone or not active are left out.
 *
 * One statement, with no read before it: read-then-write loses asks under concurrency. Locks the rows of doi_request
 * in the order of the repository ids.
 * @returns the ids of the repositories whose request is new or was changed
 */
export async function ask(sql: Sql, asks: readonly Ask[]): Promise<string[]> {
  if (asks.length === 0) return [];
  const distinct = [...new Map(asks.map((one) => [one.repoId, one])).values()];
  const text = JSON.stringify(distinct.map(({ repoId, ...rest }) => ({ repo_id: repoId, ...rest })));
  try {
    const rows = await sql<{ repo_id: string }[]>`
      insert into doi_request as old (repo_id, seq, forced, priority, reason, wanted, requested_at)
      select r.id, nextval('doi_request_seq'), a.forced, a.priority, a.reason, a.wanted, clock_timestamp()
      from json_to_recordset(${text}::text::json)
        as a(repo_id uuid, forced boolean, priority smallint, reason text, wanted text)
      join managed_repos r on r.id = a.repo_id and r.status = 'active'
      order by r.id
      on conflict (repo_id) do update set
        seq = excluded.seq,
        forced = old.forced or excluded.forced,
        priority = least(old.priority, excluded.priority),
        reason = excluded.reason,
        wanted = excluded.wanted,
        requested_at = case when old.started_at is null then old.requested_at else excluded.requested_at end,
        started_at = null,
        not_before = null
      where old.started_at is not null
        or excluded.forced
        or excluded.priority < old.priority
        or (excluded.priority = ${PRIORITY.person} and old.not_before is not null)
        or old.wanted is distinct from excluded.wanted
      returning repo_id::text`;
    return rows.map((row) => row.repo_id);
  } catch (error) {
    throw databaseError(error);
  }
}
