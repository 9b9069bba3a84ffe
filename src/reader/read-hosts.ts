/** Reads the hosts that evaluate: whether they are heard of, and what troubles them. */
import type { HostAnswer, TroubleAnswer } from '../domain/answers.js';
import { databaseError, type Sql } from '../platform/sql.js';
import { toTrouble } from './report-answer.js';

export interface HostsDependencies {
  readonly sql: Sql;
  /** How long ago a host's last look may have begun, in milliseconds. */
  readonly observedLimitMs: number;
}

interface Row extends Omit<HostAnswer, 'trouble'> {
  trouble: TroubleAnswer | null;
}

/**
 * Reads all hosts, by name. Locks nothing.
 * @throws {DoiError} `database_unavailable`, `schema_incompatible`
 */
export async function readHosts({ sql, observedLimitMs }: HostsDependencies): Promise<HostAnswer[]> {
  try {
    // A host that is only announced has a heartbeat of 1970. One that is still to come is of a clock that was set back.
    const rows = await sql<Row[]>`
      select h.host, h.version, h.capacity, h.isolation, h.trouble,
        case when h.heartbeat > to_timestamp(0)
          then to_char(h.heartbeat at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') end as heartbeat,
        h.heartbeat not between clock_timestamp() - ${observedLimitMs} * interval '1 millisecond'
          and clock_timestamp() as silent,
        (select count(*)::int from doi_observation b join managed_repos r on r.id = b.repo_id and r.status = 'active'
          where b.host = h.host) as repositories
      from doi_host h
      order by h.host`;
    return rows.map(({ host, heartbeat, version, capacity, isolation, repositories, silent, trouble }) => ({
      ...{ host, heartbeat, version, capacity, isolation, repositories, silent },
      trouble: trouble && toTrouble(trouble),
    }));
  } catch (error) {
    throw databaseError(error);
  }
}
