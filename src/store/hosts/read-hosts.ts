/** Reads the hosts that evaluate: whether they are heard of, and what troubles them. */
import type { HostAnswer } from '../../api/hosts.js';
import type { HostProblemAnswer } from '../../api/terms.js';
import { databaseError, type Sql } from '../../platform/postgres/sql.js';
import { toHostProblem } from './host-problem.js';

export interface HostsDependencies {
  readonly sql: Sql;
  /** How long ago a host's last look may have begun, in milliseconds. */
  readonly observedLimitMs: number;
}

interface Row extends Omit<HostAnswer, 'trouble' | 'built_at' | 'criteria'> {
  build: string | null;
  trouble: HostProblemAnswer | null;
}

/**
 * Reads all hosts, by name; a host that has claimed repositories and is not known besides is one that is silent. Locks nothing.
 * @throws {DoiError} `database_unavailable`, `schema_incompatible`
 */
export async function readHosts({ sql, observedLimitMs }: HostsDependencies): Promise<HostAnswer[]> {
  try {
    // A host that is only announced has a heartbeat of 1970. One that is still to come is of a clock that was set back.
    const rows = await sql<Row[]>`
      with claims as (
        select b.host, count(*)::int as repositories
        from doi_observation b join managed_repos r on r.id = b.repo_id and r.status = 'active'
        group by b.host
      )
      select coalesce(h.host, c.host) as host, coalesce(h.version, 'unknown') as version, h.build, h.machine,
        coalesce(h.capacity, 0) as capacity, h.isolation, h.trouble, coalesce(c.repositories, 0) as repositories,
        case when h.heartbeat > to_timestamp(0)
          then to_char(h.heartbeat at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') end as heartbeat,
        coalesce(h.heartbeat not between clock_timestamp() - ${observedLimitMs} * interval '1 millisecond'
          and clock_timestamp(), true) as silent
      from doi_host h full join claims c on c.host = h.host
      order by 1`;
    return rows.map(toAnswer);
  } catch (error) {
    throw databaseError(error);
  }
}

function toAnswer({ build, trouble, ...row }: Row): HostAnswer {
  const { host, heartbeat, version, machine, capacity, isolation, repositories, silent } = row;
  const [builtAt = null, criteria = null] = build?.split('#') ?? [];
  return {
    ...{ host, heartbeat, version, criteria, built_at: builtAt, machine },
    ...{ capacity, isolation, repositories, silent, trouble: trouble && toHostProblem(trouble) },
  };
}
