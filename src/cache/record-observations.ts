/** Records what a host saw of its repositories, so that other processes need not look. */
import { databaseError, type Sql } from '../platform/sql.js';

export interface Observation {
  readonly repoId: string;
  /** The fingerprint as probed on this host; null where the checkout could not be probed. */
  readonly fingerprint: string | null;
  /** The host whose claim was seen before looking: a claim that moved meanwhile is not overwritten. */
  readonly claimedBy: string | null;
  /** The database's time just before the probe began. */
  readonly seenAt: string;
}

/**
 * Records observations and thereby claims the repositories for `host`. Written only where something changed, or
 * `always`, so that `seen_at` says when it was last confirmed; never over what was seen later. Locks the
 * rows of doi_observation in the order of the repository ids.
 */
export async function recordObservations(
  sql: Sql,
  host: string,
  observations: readonly Observation[],
  always = false,
): Promise<void> {
  if (observations.length === 0) return;
  const text = JSON.stringify(
    observations.map(({ repoId, fingerprint, claimedBy, seenAt }) => ({
      repo_id: repoId,
      fingerprint,
      claimed_by: claimedBy,
      seen_at: seenAt,
    })),
  );
  try {
    await sql`
      insert into doi_observation as o (repo_id, host, fingerprint, since, seen_at)
      select r.id, ${host}, a.fingerprint, clock_timestamp(), a.seen_at
      from json_to_recordset(${text}::text::json) as a(repo_id uuid, fingerprint text, claimed_by text, seen_at timestamptz)
      join managed_repos r on r.id = a.repo_id
      left join doi_observation b on b.repo_id = a.repo_id
      where b.host is not distinct from a.claimed_by
        and (${always} or b.repo_id is null or b.host <> ${host}
          or b.fingerprint is distinct from a.fingerprint)
      order by r.id
      on conflict (repo_id) do update set
        host = excluded.host, fingerprint = excluded.fingerprint, since = excluded.since,
        seen_at = excluded.seen_at
      where o.seen_at <= excluded.seen_at`;
  } catch (error) {
    throw databaseError(error);
  }
}
