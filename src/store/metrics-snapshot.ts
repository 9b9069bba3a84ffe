/** Reads what the metrics show of the database: open requests, hosts, servers of remotes, sweeps, and what workers recorded. */

import type { SweepAnswer, SweepCounts } from '../api/sweeps.js';
import { type Sql, statement } from '../platform/postgres/sql.js';
import { isWithin } from './hosts/heartbeat.js';
import { type RequestState, requestState } from './requests/find-requests.js';
import { sweepState } from './sweeps.js';

export interface SnapshotDeps {
  readonly sql: Sql;
  /** How long ago a host's last complete pass may have begun, in milliseconds. */
  readonly observedLimitMs: number;
  /** After this long a started request is taken to have lost its worker, in milliseconds. */
  readonly runningLimitMs: number;
}

export interface RequestCount {
  /** The host that has claimed the repositories; empty where none has yet. */
  readonly host: string;
  readonly state: RequestState;
  readonly count: number;
  /** Of the oldest request, in seconds. */
  readonly age: number;
}

export interface HostSeen {
  readonly host: string;
  readonly version: string;
  readonly isolation: string | null;
  readonly capacity: number;
  readonly repositories: number;
  readonly silent: boolean;
  /** Of its heartbeat, in seconds; null before its first pass. */
  readonly age: number | null;
  readonly trouble: string | null;
}

/** A server of git repositories that refuses or limits a host, or does not answer it. */
export interface ServerSeen {
  readonly host: string;
  readonly server: string;
  readonly code: string | null;
}

export interface SweepSeen {
  readonly state: SweepAnswer['state'];
  /** In seconds since the epoch. */
  readonly started: number;
  /** In seconds. */
  readonly took: number;
  readonly total: number;
  readonly done: number;
  readonly counts: Partial<SweepCounts>;
}

export interface WorkerSeen {
  readonly worker: string;
  readonly host: string;
  /** Of its record, in seconds. */
  readonly age: number;
  readonly metrics: unknown;
}

export interface Snapshot {
  readonly requests: readonly RequestCount[];
  readonly hosts: readonly HostSeen[];
  readonly servers: readonly ServerSeen[];
  readonly sweep: SweepSeen | null;
  /** When a sweep last came to its end, in seconds since the epoch. */
  readonly finished: number | null;
  readonly workers: readonly WorkerSeen[];
}

/** The least time for which a worker's last metrics are shown, in milliseconds: as long as Prometheus keeps a value. */
const LEAST_SHOWN_MS = 300_000;

/**
 * Reads everything with one statement. Locks nothing. All ages are by the database's clock.
 * @throws {DoiError} `database_unavailable`, `schema_incompatible`
 */
export async function readSnapshot(deps: SnapshotDeps): Promise<Snapshot> {
  const { sql, observedLimitMs, runningLimitMs } = deps;
  const shownMs = Math.max(LEAST_SHOWN_MS, 2 * observedLimitMs);
  const [row] = await statement(sql<[Snapshot]>`
    with requests as (
      select coalesce(o.host, '') as host,
        ${requestState(sql, runningLimitMs)} as state,
        count(*) as count, max(${ageOf(sql, 'requested_at')}) as age
      from doi_request q left join doi_observation o on o.repo_id = q.repo_id
      group by 1, 2
    ), claims as (
      select b.host, count(*) as repositories
      from doi_observation b join managed_repos r on r.id = b.repo_id and r.status = 'active'
      group by b.host
    ), hosts as (
      select coalesce(h.host, c.host) as host, coalesce(h.version, 'unknown') as version, h.isolation,
        coalesce(h.capacity, 0) as capacity, h.trouble->>'code' as trouble,
        coalesce(c.repositories, 0) as repositories,
        not ${isWithin(sql, 'h.heartbeat', observedLimitMs)} as silent,
        case when h.heartbeat > to_timestamp(0) then ${ageOf(sql, 'heartbeat')} end as age
      from doi_host h full join claims c on c.host = h.host
    ), servers as (
      -- A server without a mirror is not contacted any more, so that its row stays as it is.
      select v.host, v.server, v.problem->>'code' as code from doi_server v
      where exists (select from doi_source src where src.mirror_host = v.host and src.server = v.server)
    ), sweep as (
      select ${sweepState(sql)} as state, extract(epoch from started_at) as started,
        extract(epoch from coalesce(finished_at, alive_at) - started_at) as took, total, done, counts
      from doi_sweep order by finished_at is null desc, started_at desc limit 1
    ), workers as (
      select worker, host, ${ageOf(sql, 'recorded_at')} as age, metrics
      from doi_worker_metrics
      where recorded_at > clock_timestamp() - ${shownMs} * interval '1 millisecond'
    )
    select
      (select coalesce(json_agg(r order by host, state), '[]') from requests r) as requests,
      (select coalesce(json_agg(h order by host), '[]') from hosts h) as hosts,
      (select coalesce(json_agg(v order by host, server), '[]') from servers v) as servers,
      (select row_to_json(s) from sweep s) as sweep,
      (select extract(epoch from max(finished_at))::float8 from doi_sweep where not counts ? 'lost') as finished,
      (select coalesce(json_agg(w order by host, worker), '[]') from workers w) as workers`);
  return row;
}

/** An age in seconds; 0 for a time in the future, where the database's clock was set back. */
function ageOf(sql: Sql, column: string) {
  return sql`greatest(extract(epoch from clock_timestamp() - ${sql(column)}), 0)`;
}
