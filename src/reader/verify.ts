/** Verifies a stored row: compares it with the versions of now, as far as this process can tell them. */
import {
  type AgeLimits,
  type ProbedVersions,
  type StaleReason,
  type StoredState,
  staleReasons,
  type Verified,
} from '../domain/freshness.js';
import { homeHost } from '../domain/home.js';
import { isOfRegistry, isRecent, observedAt } from '../domain/observation-times.js';
import { type Release, releaseVersion } from '../domain/release.js';
import {
  assembleVersions,
  type HostVersions,
  hostNotVerified,
  hostVersionsOf,
} from '../inputs/probe/assemble-versions.js';
import type { StoredRow } from '../store/evaluations/read-stored.js';
import {
  type RegistryRow,
  type RegistrySnapshot,
  toSnapshot,
} from '../store/repositories/registry-columns.js';

export interface VerifySettings {
  readonly release: Release;
  readonly limits: AgeLimits;
  /** How old a host's observation may be, in milliseconds. */
  readonly observedLimitMs: number;
}

/** What the home host's inputs are, how that is known, and when the oldest probe used began. */
export interface HostSight {
  readonly versions: HostVersions;
  readonly verified: Verified;
  /** ISO 8601 text; null where the checkout was not looked at. */
  readonly verifiedAt: string | null;
}

/** What is compared of a stored row. */
export type ComparedRow = RegistryRow & Pick<StoredRow, (typeof COMPARED)[number]>;

/** The columns that comparing reads beside the registry's. */
export const COMPARED = [
  ...(['now', 'clock', 'fingerprint', 'ours', 'judged_at', 'claimed_by', 'observed', 'seen_at'] as const),
  ...(['recorded_at', 'checked_exact', 'heartbeat', 'heartbeat_exact'] as const),
] satisfies readonly (keyof StoredRow)[];

/** A row that was compared. */
export interface VerifiedRow<Row extends ComparedRow = StoredRow> {
  readonly row: Row;
  readonly registry: RegistrySnapshot;
  readonly home: string | undefined;
  readonly reasons: readonly StaleReason[];
  readonly verified: Verified;
  readonly verifiedAt: string;
}

/** The home host of a row. */
export function homeOf(row: ComparedRow): string | undefined {
  return homeHost(toSnapshot(row).repo, row.claimed_by);
}

/**
 * What the home host recorded, where that is recent. The host's last full look vouches for what was recorded before it
 * began, and for a row that was written before; else only the sight itself counts, from when it was taken.
 */
export function observedSight(row: ComparedRow, limitMs: number): HostSight {
  const home = homeOf(row);
  if (home === undefined || home !== row.claimed_by || row.seen_at === null) {
    const why =
      home === undefined ? 'no host has looked at it yet.' : `the host ${home} has not looked at it yet.`;
    return { versions: hostNotVerified(why), verified: 'registry', verifiedAt: null };
  }
  if (!isRecent(row, limitMs)) {
    return { versions: hostNotVerified(whySilent(home, row)), verified: 'registry', verifiedAt: null };
  }
  const versions = hostVersionsOf(row.observed, `the host ${home} could not read the checkout.`);
  return { versions, verified: row.observed === null ? 'registry' : 'observed', verifiedAt: observedAt(row) };
}

/**
 * Whether the row bears a time of its host that is still to come: the database's clock was set back, and whoever sees
 * that voids all such times ({@link voidTimesAhead}), before they are believed a second time.
 */
export function isOfTheFuture({
  clock,
  heartbeat,
  seen_at: seenAt,
  recorded_at: recorded,
}: ComparedRow): boolean {
  const now = Date.parse(clock);
  return [heartbeat, seenAt, recorded].some((time) => time !== null && Date.parse(time) > now);
}

/** By its last look or its last sight of this repository; a host that is only announced has not looked. */
function whySilent(home: string, { heartbeat, seen_at: seenAt }: ComparedRow): string {
  const last = heartbeat !== null && seenAt !== null && heartbeat > seenAt ? heartbeat : seenAt;
  return last === null || Date.parse(last) === 0
    ? `the host ${home} has not been heard of since the database's clock was set back.`
    : `the host ${home} was last heard of at ${last}.`;
}

/** Compares a row with a sight. */
export function verifyRow<Row extends ComparedRow>(
  row: Row,
  sight: HostSight,
  settings: VerifySettings,
): VerifiedRow<Row> {
  const registry = toSnapshot(row);
  const probed = assembleVersions(registry.versions, sight.versions, releaseVersion(settings.release));
  const { verified, verifiedAt } = sight;
  const compare = (versions: ProbedVersions) =>
    staleReasons(storedState(row), versions, settings.limits, new Date(row.clock));
  let reasons = compare(probed);
  if (reasons.length === 0 && verified === 'observed' && !isOfRegistry(row.observed, registry.versions))
    reasons = compare({
      ...probed,
      repo: { notVerified: 'its registry entry is another one than when its host last looked.' },
    });
  return { row, registry, home: homeOf(row), reasons, verified, verifiedAt: verifiedAt ?? row.now };
}

function storedState(row: ComparedRow): StoredState | null {
  if (row.fingerprint === null) return null;
  return { fingerprint: row.fingerprint, ours: row.ours, judgedAt: row.judged_at ?? {} };
}
