/** Records what a host probed of its repositories, so that other processes need not probe. */
import type { Sql } from '../../platform/postgres/sql.js';
import { leaveOutGone } from '../requests/add-requests.js';

export interface Observation {
  readonly repoId: string;
  /** The fingerprint as probed on this host; null where the checkout could not be probed. */
  readonly fingerprint: string | null;
  /** The commit that the fingerprint is of; null for a working folder. */
  readonly head: string | null;
  /** The time of that commit, in ISO 8601. */
  readonly headAt: string | null;
  /** The host that had claimed the repository when it was probed; null where none had. */
  readonly claimedBy: string | null;
  /** The database's time just before the probe began, in ISO 8601. */
  readonly seenAt: string;
}

/**
 * Records observations and thereby claims the repositories for `host`: those that it has claimed or no host has, and those
 * whose claim is still the one that was read before the probe. Writes only where something changed, or `always`, so that
 * `seen_at` says when the fingerprint was last confirmed. Never overwrites a later observation, unless its time lies in the
 * future: then the database's clock was set back since.
 *
 * Holds a share lock on the host's row of doi_host, which {@link awaitRecords} waits for, and takes the time of recording
 * under that lock: docs/architecture.md explains what a heartbeat covers. Locks the rows of doi_observation, those of this
 * host in the order of the repository ids. Records nothing where doi_host has no row of the host.
 */
export async function recordObservations(
  sql: Sql,
  host: string,
  observations: readonly Observation[],
  always = false,
): Promise<void> {
  const kept = observations.filter((one) => isKept(one, host));
  const taken = observations.filter((one) => !isKept(one, host));
  await leaveOutGone(async () => {
    if (kept.length > 0) await sql`with ${keepWrites(sql, host, { observations: kept, always })} select 1`;
    if (taken.length > 0) await sql`with ${takeWrites(sql, host, taken)} select 1`;
  });
}

/**
 * The same for one observation that must be confirmed in any case, as common table expressions `own_host` and `seen` of a
 * longer statement.
 */
export function observationWrites(sql: Sql, host: string, observation: Observation) {
  return isKept(observation, host)
    ? keepWrites(sql, host, { observations: [observation], always: true })
    : takeWrites(sql, host, [observation]);
}

function isKept({ claimedBy }: Observation, host: string): boolean {
  return claimedBy === null || claimedBy === host;
}

interface Keeping {
  readonly observations: readonly Observation[];
  readonly always: boolean;
}

function keepWrites(sql: Sql, host: string, { observations, always }: Keeping) {
  return sql`
    own_host as materialized (select host from doi_host where host = ${host} for share),
    seen as (
      insert into doi_observation as o (repo_id, host, fingerprint, head, head_at, since, seen_at, recorded_at)
      select r.id, own_host.host, a.fingerprint, a.head, a.head_at, clock_timestamp(), ${seenBefore(sql)},
        clock_timestamp()
      from own_host
      cross join json_to_recordset(${toJson(observations)}::text::json)
        as a(repo_id uuid, fingerprint text, head text, head_at timestamptz, seen_at timestamptz)
      join managed_repos r on r.id = a.repo_id
      left join doi_observation b on b.repo_id = a.repo_id
      where ${always} or b.repo_id is null or b.fingerprint is distinct from a.fingerprint
        or b.head is distinct from a.head
        or b.recorded_at > clock_timestamp()
      order by r.id
      on conflict (repo_id) do update set
        fingerprint = excluded.fingerprint, head = excluded.head, head_at = excluded.head_at, seen_at = excluded.seen_at, recorded_at = excluded.recorded_at,
        since = case when o.fingerprint is distinct from excluded.fingerprint then excluded.since else o.since end
      where o.host = excluded.host and (o.seen_at <= excluded.seen_at or o.seen_at > clock_timestamp())
    )`;
}

/** Compares the locked rows again with the claim that was read: a claim that moved meanwhile stays where it is. */
function takeWrites(sql: Sql, host: string, observations: readonly Observation[]) {
  return sql`
    own_host as materialized (select host from doi_host where host = ${host} for share),
    seen as (
      update doi_observation o set
        host = own_host.host, fingerprint = a.fingerprint, head = a.head, head_at = a.head_at,
        since = clock_timestamp(), seen_at = ${seenBefore(sql)},
        recorded_at = clock_timestamp()
      from own_host
      cross join json_to_recordset(${toJson(observations)}::text::json)
        as a(repo_id uuid, fingerprint text, head text, head_at timestamptz, claimed_by text, seen_at timestamptz)
      where o.repo_id = a.repo_id and o.host = a.claimed_by
    )`;
}

/** A time in the future is of a clock that was set back since: readers would believe it once the clock has passed it. */
function seenBefore(sql: Sql) {
  return sql`case when a.seen_at > clock_timestamp() then to_timestamp(0) else a.seen_at end`;
}

function toJson(observations: readonly Observation[]): string {
  return JSON.stringify(
    observations.map(({ repoId, fingerprint, head, headAt, claimedBy, seenAt }) => {
      return { repo_id: repoId, fingerprint, head, head_at: headAt, claimed_by: claimedBy, seen_at: seenAt };
    }),
  );
}
