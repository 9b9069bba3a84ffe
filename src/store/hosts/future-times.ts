/** Voids stored times after the database's clock was set back, since their age is unknown from then on; reads those times. */
import { isHostProblem } from '../../domain/errors.js';
import type { ObservationTimes } from '../../domain/observation-times.js';
import { iso, type Sql, statement } from '../../platform/postgres/sql.js';

/**
 * Where a heartbeat, a `seen_at`, a `recorded_at`, a contact or a push lies in the future, the database's clock was set back.
 * It will pass the same times again, and a reader would then believe them a second time. So this voids all of them, also
 * those in the past. Hosts that live write new ones with their next pass; every mirror is due at once, and no server is left
 * alone any longer.
 *
 * Locks the rows of doi_host, then those of doi_source, doi_observation and doi_push, each in the order of the repository
 * ids, then those of doi_server in the order of their keys.
 * @param isKnown true where the caller itself has observed that the clock went back
 * @returns whether the clock was set back
 * @throws {DoiError} `database_unavailable`, `schema_incompatible`
 */
export async function voidTimesAhead(sql: Sql, isKnown = false): Promise<boolean> {
  const [row] = await statement(sql<{ is_set_back: boolean }[]>`
    with clock as materialized (
      select ${isKnown} or exists (select from doi_host where heartbeat > clock_timestamp())
        or exists (select from doi_source where contacted_at > clock_timestamp())
        or exists (select from doi_push where pushed_at > clock_timestamp())
        or exists (select from doi_observation where seen_at > clock_timestamp() or recorded_at > clock_timestamp())
        as is_set_back
    ), hosts as (
      update doi_host set heartbeat = to_timestamp(0) from clock where is_set_back returning 1
    ), held_sources as materialized (
      select src.repo_id from doi_source src, clock, (select count(*) from hosts) first
      where is_set_back and src.mirror_host is not null order by src.repo_id for update of src
    ), sources as (
      update doi_source src set contacted_at = null, due_at = clock_timestamp()
      from held_sources held where src.repo_id = held.repo_id
    ), held as materialized (
      select o.repo_id from doi_observation o, clock, (select count(*) from held_sources) first
      where is_set_back order by o.repo_id for update of o
    ), records as (
      update doi_observation o set seen_at = to_timestamp(0), recorded_at = least(recorded_at, clock_timestamp())
      from held where o.repo_id = held.repo_id
    ), held_pushes as materialized (
      select p.repo_id from doi_push p, clock, (select count(*) from held) first
      where is_set_back and p.pushed_at > clock_timestamp() order by p.repo_id for update of p
    ), pushes as (
      update doi_push p set pushed_at = least(pushed_at, clock_timestamp())
      from held_pushes held where p.repo_id = held.repo_id
    ), held_servers as materialized (
      select v.host, v.server from doi_server v, clock, (select count(*) from held_pushes) first
      where is_set_back order by v.host, v.server for update of v
    ), servers as (
      update doi_server v set retry_at = least(retry_at, clock_timestamp())
      from held_servers held where v.host = held.host and v.server = held.server
    )
    select is_set_back from clock`);
  return row?.is_set_back ?? false;
}

/** {@link voidTimesAhead} for a reader, whose answer is right without it: where it fails, the next reader tries. */
export async function voidQuietly(sql: Sql): Promise<void> {
  await voidTimesAhead(sql).catch((error: unknown) => {
    if (!isHostProblem(error)) throw error;
  });
}

/**
 * Reads the times that say when the observations of home hosts were last known to hold, by repository id; without
 * repositories that no host has recorded. Locks nothing.
 */
export async function readObservationTimes(
  sql: Sql,
  repoIds: readonly string[],
): Promise<Map<string, ObservationTimes>> {
  if (repoIds.length === 0) return new Map();
  const rows = await statement(sql<(ObservationTimes & { repo_id: string })[]>`
    select b.repo_id::text, ${iso(sql, 'b.seen_at', 'US')} as seen_at, ${iso(sql, 'b.recorded_at', 'US')} as recorded_at,
      ${iso(sql, 'c.checked_at', 'US')} as checked_exact, ${iso(sql, 'h.heartbeat', 'US')} as heartbeat,
      ${iso(sql, 'h.heartbeat', 'US')} as heartbeat_exact,
      ${iso(sql, 'clock_timestamp()', 'US')} as clock
    from doi_observation b
    left join doi_cache c on c.repo_id = b.repo_id
    left join doi_host h on h.host = b.host
    where b.repo_id = any(${repoIds as string[]}::uuid[])`);
  return new Map(rows.map(({ repo_id: repoId, ...times }) => [repoId, times]));
}
