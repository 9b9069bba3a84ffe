/** Reads the hosts that evaluate: whether each is alive, and its host problem. */

import type { HostAnswer } from '../../api/hosts.js';
import type { HostProblemAnswer } from '../../api/terms.js';
import { ISOLATION_LEVELS, type IsolationLevel } from '../../domain/isolation.js';
import { iso, type Sql, statement } from '../../platform/postgres/sql.js';
import { isWithin } from './heartbeat.js';
import { toHostProblem } from './host-problem.js';

export interface ReadHostsDeps {
  readonly sql: Sql;
  /** How long ago a host's last complete pass may have begun, in milliseconds. */
  readonly observedLimitMs: number;
}

interface Row extends Omit<HostAnswer, 'trouble' | 'built_at' | 'criteria'> {
  build: string | null;
  trouble: HostProblemAnswer | null;
}

/**
 * Reads all hosts, by name. A host of which there is nothing but claims counts as silent. Locks nothing.
 * @throws {DoiError} `database_unavailable`, `schema_incompatible`
 */
export async function readHosts({ sql, observedLimitMs }: ReadHostsDeps): Promise<HostAnswer[]> {
  // A host that was only announced has a heartbeat of 1970, which is shown as none.
  const rows = await statement(sql<Row[]>`
    with claims as (
      select b.host, count(*)::int as repositories
      from doi_observation b join managed_repos r on r.id = b.repo_id and r.status = 'active'
      group by b.host
    )
    select coalesce(h.host, c.host) as host, coalesce(h.version, 'unknown') as version, h.build, h.machine,
      coalesce(h.capacity, 0) as capacity, h.isolation, h.trouble, coalesce(c.repositories, 0) as repositories,
      case when h.heartbeat > to_timestamp(0)
        then ${iso(sql, 'h.heartbeat')} end as heartbeat,
      not ${isWithin(sql, 'h.heartbeat', observedLimitMs)} as silent
    from doi_host h full join claims c on c.host = h.host
    order by 1`);
  return rows.map(toAnswer);
}

function toAnswer({ build, trouble, ...row }: Row): HostAnswer {
  const { host, heartbeat, version, machine, capacity, isolation, repositories, silent } = row;
  const [builtAt = null, criteria = null] = build?.split('#') ?? [];
  return {
    ...{ host, heartbeat, version, criteria, built_at: builtAt, machine },
    ...{ capacity, isolation, repositories, silent, trouble: trouble && toHostProblem(trouble) },
  };
}

/**
 * The weakest isolation among the hosts whose last pass is recent enough; null where no host's is.
 * @throws {DoiError} `database_unavailable`, `schema_incompatible`
 */
export async function readWeakestIsolation({
  sql,
  observedLimitMs,
}: ReadHostsDeps): Promise<IsolationLevel | null> {
  const rows = await statement(sql<{ isolation: string }[]>`
    select isolation from doi_host
    where isolation is not null and ${isWithin(sql, 'heartbeat', observedLimitMs)}`);
  const levels = new Set(rows.map((row) => row.isolation));
  return ISOLATION_LEVELS.findLast((level) => levels.has(level)) ?? null;
}
