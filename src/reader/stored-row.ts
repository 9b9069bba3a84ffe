/** Makes of a stored row the two sides of the comparison: what was judged, and what the database knows of now. */
import type { StoredState } from '../domain/freshness.js';
import type { ObservationTimes } from '../domain/observation-times.js';
import type { KnownRepository } from '../inputs/now.js';
import type { StoredRow } from '../store/evaluations/read-stored.js';
import { toSource } from '../store/mirrors/sources.js';
import { toSnapshot } from '../store/repositories/registry-columns.js';

/** A repository with the times by which the age of its record is decided. */
export interface KnownRow extends KnownRepository {
  readonly times: ObservationTimes;
}

/** The repository as the row knows it. It parses the registry's columns, so a read should call it only once. */
export function toKnown(row: StoredRow): KnownRow {
  const { now, claimed_by: claimedBy, observed, pushed_branch: branch, pushed_head: head } = row;
  const { pushed_exact: pushedAt } = row;
  const { clock, seen_at, recorded_at, checked_exact, heartbeat, heartbeat_exact } = row;
  return {
    ...toSnapshot(row),
    ...toSource(row),
    claimedBy,
    observed,
    readAt: now,
    times: { clock, seen_at, recorded_at, checked_exact, heartbeat, heartbeat_exact },
    ...(branch === null || head === null || pushedAt === null ? {} : { pushed: { branch, head }, pushedAt }),
  };
}

/** What was judged; null where the repository was never evaluated. */
export function toStored({ fingerprint, ours, judged_at: judgedAt }: StoredRow): StoredState | null {
  return fingerprint === null ? null : { fingerprint, ours, judgedAt: judgedAt ?? {} };
}
