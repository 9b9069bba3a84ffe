/** Describes the mirrors of a host, and the servers that refuse hosts, for `doi doctor`. */
import { iso, type Sql, statement } from '../../platform/postgres/sql.js';

/** A server of git repositories that refuses a host, limits it, or cannot be reached by it. */
export interface ServerProblem {
  readonly host: string;
  readonly server: string;
  readonly code: string;
  readonly message: string;
  readonly remedy: string;
  /** In ISO 8601, as is `retryAt`: the host contacts the server not before that. */
  readonly since: string;
  readonly retryAt: string;
  /** How many mirrors of active repositories the host keeps of this server. */
  readonly mirrors: number;
}

/** The problems of all hosts with servers. Locks nothing. @throws {DoiError} `database_unavailable` */
export async function readServerProblems(sql: Sql): Promise<ServerProblem[]> {
  return await statement(sql<ServerProblem[]>`
    select v.host, v.server, coalesce(v.problem ->> 'code', '') as code, coalesce(v.problem ->> 'message', '') as message,
      coalesce(v.problem ->> 'remedy', '') as remedy, ${iso(sql, 'v.since')} as since, ${iso(sql, 'v.retry_at')} as "retryAt",
      (select count(*)::int from doi_source src join managed_repos r on r.id = src.repo_id and r.status = 'active'
        where src.mirror_host = v.host and src.server = v.server) as mirrors
    from doi_server v order by v.host, v.server`);
}

/** Some repositories: how many, and the slugs of the first. */
export interface Some {
  readonly count: number;
  readonly slugs: readonly string[];
}

export interface MirrorsOf {
  /** Of active repositories. */
  readonly count: number;
  /** Of repositories that are not active: their folders stay as they are until they are unregistered. */
  readonly archived: number;
  /** What all of them take, in bytes, as after the last fetch of each. */
  readonly bytes: number;
  /** Never contacted with success, without a failure that says why. */
  readonly neverReached: Some;
  /** Those whose last contact failed for reasons of their own. */
  readonly failing: Some;
  /** Reached longer ago than the limit, without a failure that says why. */
  readonly overdue: Some;
}

interface Row {
  readonly state: 'archived' | 'failing' | 'never' | 'overdue' | 'reached';
  readonly count: number;
  readonly bytes: number;
  readonly slugs: readonly string[];
}

const NONE: Some = { count: 0, slugs: [] };

/**
 * The mirrors that a host keeps. One whose server has a problem counts only in the total, and one of an archived repository only
 * in the disk that is taken.
 * Locks nothing.
 * @param limitMs how long ago a remote may have been reached, in milliseconds
 * @throws {DoiError} `database_unavailable`
 */
export async function describeMirrors(sql: Sql, host: string, limitMs: number): Promise<MirrorsOf> {
  const rows = await statement(sql<Row[]>`
    with kept as (
      select r.slug, coalesce(src.bytes, 0) as bytes, case
        when r.status <> 'active' then 'archived'
        when v.server is not null then 'reached'
        when src.failure is not null then 'failing'
        when src.contacted_at is null then 'never'
        when src.contacted_at < clock_timestamp() - ${limitMs} * interval '1 millisecond' then 'overdue'
        else 'reached' end as state
      from doi_source src
      join managed_repos r on r.id = src.repo_id
      left join doi_server v on v.host = src.mirror_host and v.server = src.server
      where src.mirror_host = ${host}
    )
    select state, count(*)::int as count, sum(bytes)::float8 as bytes,
      to_json((array_agg(slug order by slug))[1:4]) as slugs
    from kept group by state`);
  const some = (state: Row['state']): Some => {
    const row = rows.find((one) => one.state === state);
    return row === undefined ? NONE : { count: row.count, slugs: row.slugs };
  };
  const all = rows.reduce((total, { count }) => total + count, 0);
  const archived = some('archived').count;
  return {
    ...{ count: all - archived, archived },
    bytes: rows.reduce((total, { bytes }) => total + bytes, 0),
    neverReached: some('never'),
    failing: some('failing'),
    overdue: some('overdue'),
  };
}

/** One mirror of each server, to try whether the server answers. */
export interface ServerSample {
  readonly server: string;
  /** The repository whose remote it is. */
  readonly slug: string;
  /** As the registry has it: where a hub wrote it, it may hold a password. */
  readonly url: string;
}

/** A remote of each server of a host's mirrors. Locks nothing. @throws {DoiError} `database_unavailable` */
export async function sampleServers(sql: Sql, host: string): Promise<ServerSample[]> {
  return await statement(sql<ServerSample[]>`
    select distinct on (coalesce(src.server, '')) coalesce(src.server, '') as server, r.slug, r.remote_url as url
    from doi_source src join managed_repos r on r.id = src.repo_id and r.status = 'active' and r.remote_url is not null
    where src.mirror_host = ${host} order by coalesce(src.server, ''), r.slug`);
}
