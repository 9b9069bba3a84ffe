/** Finds out why requests do not end: hosts that are alive and take nothing from their queues, and the state of one request. */
import { iso, type Sql, statement } from '../../platform/postgres/sql.js';
import { isWithin } from '../hosts/heartbeat.js';

export interface IdleQueue {
  readonly host: string;
  /** How many requests wait. */
  readonly waiting: number;
  /** Since when the oldest of them waits. */
  readonly since: string;
}

/**
 * Finds hosts whose heartbeat is at most `aliveMs` old and for which a request has waited longer than `waitMs`, while no
 * worker there has started or written anything.
 */
export async function findIdleQueues(
  sql: Sql,
  { aliveMs, waitMs }: { readonly aliveMs: number; readonly waitMs: number },
): Promise<IdleQueue[]> {
  return await statement(sql<IdleQueue[]>`
    with moment as (select clock_timestamp() - ${waitMs} * interval '1 millisecond' as long_ago),
    waiting as (
      select o.host, r.started_at, coalesce(r.not_before, r.started_at, r.requested_at) as due
      from doi_request r join doi_observation o using (repo_id)
    )
    select w.host, count(*)::int as waiting,
      ${iso(sql, 'min(w.due)')} as since
    from waiting w join doi_host h using (host) cross join moment m
    where w.due < m.long_ago
      and ${isWithin(sql, 'h.heartbeat', aliveMs)}
      and not exists (select from waiting o where o.host = w.host and o.started_at >= m.long_ago)
      and not exists (
        select from doi_evaluation e join doi_cache c using (repo_id)
        where e.host = w.host and c.updated_at >= m.long_ago)
    group by w.host order by w.host`);
}

export interface OpenState {
  /** When a worker started it; null where none has. */
  readonly startedAt: string | null;
  /** Whether it waits for a contact with a git server, or for a fetch, that is under way. */
  readonly isFetching: boolean;
  /** Whether the heartbeat of its home host is at most `aliveMs` old. */
  readonly isHomeAlive: boolean;
}

/** Reads the state of a repository's open request; undefined where it has none. */
export async function readOpenState(
  sql: Sql,
  { repoId, home, aliveMs }: { readonly repoId: string; readonly home: string; readonly aliveMs: number },
): Promise<OpenState | undefined> {
  const [row] = await statement(sql<OpenState[]>`
    select ${iso(sql, 'started_at')} as "startedAt",
      coalesce(not_before > clock_timestamp(), false) as "isFetching",
      exists (
        select from doi_host where host = ${home}
          and ${isWithin(sql, 'heartbeat', aliveMs)}) as "isHomeAlive"
    from doi_request where repo_id = ${repoId}`);
  return row;
}
