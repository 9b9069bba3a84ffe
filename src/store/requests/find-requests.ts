/** Reads open requests: their state, which of them need a wake-up, and how far those of a sweep are. */
import { PRIORITY } from '../../domain/request.js';
import { type Sql, statement } from '../../platform/postgres/sql.js';
import { failureStands } from '../evaluations/failures.js';
import { isWithin } from '../hosts/heartbeat.js';

export interface OpenRequest {
  readonly repoId: string;
  readonly priority: number;
}

/** The states of an open request. */
export type RequestState = 'queued' | 'running' | 'waiting';

/**
 * Whether the request `q` was deferred to be tried again later, as an expression. One that a person waits for keeps its
 * priority while a contact or a fetch is under way: it is deferred too, and goes on as soon as that has ended.
 */
export function isDeferred(sql: Sql) {
  return sql`(q.not_before > clock_timestamp() and q.priority >= ${PRIORITY.watch})`;
}

/**
 * The state of the request `q`, as an expression.
 * @param runningLimitMs after this long a started request is taken to have lost its worker
 */
export function requestState(sql: Sql, runningLimitMs: number) {
  return sql`
    case
      when ${isDeferred(sql)} then 'waiting'
      when q.not_before > clock_timestamp() then 'running'
      when q.started_at > clock_timestamp() - ${runningLimitMs} * interval '1 millisecond' then 'running'
      else 'queued'
    end`;
}

/**
 * Finds the open requests of some repositories that need a wake-up: deferred ones whose time has come, and those older than
 * `olderThanMs`, whose wake-up may have been lost with Redis or with the process that sent it. One whose time lies in the
 * future is due too: its clock was set back since, so its age is unknown. A needless wake-up is harmless. Most urgent first.
 */
export async function findDueRequests(
  sql: Sql,
  repoIds: readonly string[],
  olderThanMs: number,
): Promise<OpenRequest[]> {
  if (repoIds.length === 0) return [];
  return await statement(sql<OpenRequest[]>`
    select repo_id::text as "repoId", priority
    from doi_request
    where repo_id = any(${repoIds as string[]}::uuid[])
      and case
        when not_before is null then
          coalesce(started_at, requested_at) not between
            clock_timestamp() - ${olderThanMs} * interval '1 millisecond' and clock_timestamp()
        else not_before <= clock_timestamp()
      end
    order by priority, requested_at`);
}

/** How far the requests of a sweep are. */
export interface OpenCounts {
  /** Open requests of hosts that are alive. */
  readonly open: number;
  /** Open requests by host, of hosts that are silent. */
  readonly away: Readonly<Record<string, number>>;
  /** Repositories with a failure. */
  readonly failed: number;
  /** Repositories that are archived or no longer registered, and were not judged since the sweep began. */
  readonly gone: number;
  /** Deferred without a failure of their own, because their host has a problem. */
  readonly held: number;
}

type CountedRow = { readonly host: string; readonly is_alive: boolean } & Readonly<
  Record<'open' | 'failed' | 'gone' | 'held', number>
>;

/**
 * Counts what became of the requests of a sweep.
 * @param settings `limitMs`: how long ago a host's last complete pass may have begun; `grace`: a host that counts as alive
 *   anyway; `sweep`: the id of the sweep, whose start decides what was judged since
 */
export async function countOpen(
  sql: Sql,
  requests: readonly { readonly repoId: string; readonly host: string }[],
  settings: { readonly limitMs: number; readonly grace: string | null; readonly sweep: string },
): Promise<OpenCounts> {
  const text = JSON.stringify(requests.map(({ repoId, host }) => ({ repo_id: repoId, host })));
  const rows = await statement(sql<CountedRow[]>`
    select a.host, bool_and(coalesce(a.host = ${settings.grace}, false)
        or ${isWithin(sql, 'h.heartbeat', settings.limitMs)}) as is_alive,
      (count(*) filter (where r.id is not null and q.is_open))::int as open,
      (count(*) filter (where r.id is not null and f.repo_id is not null))::int as failed,
      (count(*) filter (where r.id is null and c.repo_id is null))::int as gone,
      (count(*) filter (where r.id is not null and not q.is_open and f.repo_id is null))::int as held
    from json_to_recordset(${text}::text::json) as a(repo_id uuid, host text)
    left join managed_repos r on r.id = a.repo_id and r.status = 'active'
    left join doi_host h on h.host = a.host
    left join (select repo_id, not_before is null as is_open from doi_request) q on q.repo_id = a.repo_id
    left join doi_evaluation e on e.repo_id = a.repo_id
    left join doi_failure f on f.repo_id = a.repo_id and ${failureStands(sql)}
    left join doi_cache c on c.repo_id = a.repo_id
      and c.updated_at >= (select started_at from doi_sweep where id = ${settings.sweep})
    group by a.host`);
  const sum = (counts: readonly number[]) => counts.reduce((total, count) => total + count, 0);
  return {
    open: sum(rows.filter((row) => row.is_alive).map((row) => row.open)),
    away: Object.fromEntries(
      rows.filter((row) => !row.is_alive && row.open > 0).map((row) => [row.host, row.open]),
    ),
    failed: sum(rows.map((row) => row.failed)),
    gone: sum(rows.map((row) => row.gone)),
    held: sum(rows.map((row) => row.held)),
  };
}
