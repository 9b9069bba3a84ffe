/** One repository of the fleet as it is kept: what was read of it, its entry, and until when that holds by itself. */
import type { SummaryEntry } from '../../api/summary.js';
import { nextChangeByAge } from '../../domain/freshness.js';
import { observedAt } from '../../domain/observation-times.js';
import type { StoredRow } from '../../store/evaluations/read-stored.js';
import type { Heartbeat } from '../../store/hosts/heartbeat.js';
import type { RegistryRow } from '../../store/repositories/registry-columns.js';
import { COMPARED, type ComparedRow, observedSight, type VerifySettings, verifyRow } from '../verify.js';
import { type JudgedEntry, toEntry, toJudged } from './read-summary.js';

/** What is kept of a row: all that comparing it again takes, and not its verdicts' texts. */
export interface KeptRow {
  readonly compared: ComparedRow;
  readonly judged: JudgedEntry;
  readonly stamp: string;
}

export interface FleetEntry {
  readonly row: KeptRow;
  readonly entry: SummaryEntry;
  /** The entry as JSON, with a comma before it. */
  readonly bytes: Buffer;
  /** The database's time, in milliseconds since the epoch, from which it may be another one, though nothing is written. */
  readonly holdsUntil: number;
}

const REGISTRY = [
  ...(['repo_id', 'slug', 'name', 'status', 'domain_id', 'local_path', 'remote_url', 'host_paths'] as const),
  ...(['last_sbom_at', 'domain_slug', 'domain_status', 'tpsc_count', 'goals_active'] as const),
  ...(['repo_version', 'tpsc_version', 'goal_version'] as const),
] satisfies readonly (keyof RegistryRow)[];

/** Takes of a row what is kept. */
export function toKept(row: StoredRow): KeptRow {
  const kept = Object.fromEntries([...REGISTRY, ...COMPARED].map((column) => [column, row[column]]));
  return { compared: kept as unknown as ComparedRow, judged: toJudged(row), stamp: row.full_stamp ?? '' };
}

/**
 * Compares a kept row anew.
 * @param beat the last one heard of the host that has claimed it; undefined where there was none
 * @param now the database's time, in milliseconds since the epoch
 */
export function compare(kept: KeptRow, settings: VerifySettings, { beat, now }: Moment): FleetEntry {
  const at = new Date(now).toISOString();
  const compared: ComparedRow = {
    ...kept.compared,
    ...{ now: at, clock: at },
    heartbeat: beat?.heartbeat ?? null,
    heartbeat_exact: beat?.heartbeat_exact ?? null,
  };
  const sight = observedSight(compared, settings.observedLimitMs);
  const entry = toEntry(kept.judged, verifyRow(compared, sight, settings));
  const aged = nextChangeByAge(compared.judged_at ?? {}, settings.limits, new Date(now));
  const unseen =
    sight.verifiedAt === null ? Infinity : Date.parse(sight.verifiedAt) + settings.observedLimitMs + 1;
  return {
    row: { ...kept, compared },
    entry,
    bytes: Buffer.from(`,${JSON.stringify(entry)}`),
    holdsUntil: Math.min(aged, unseen),
  };
}

export interface Moment {
  readonly beat: Heartbeat | undefined;
  readonly now: number;
}

/** As of when its checkout is known, in milliseconds since the epoch; Infinity where the entry rests on no sight of it. */
export function knownAsOf({ row, entry }: FleetEntry, beat: Heartbeat | undefined): number {
  if (entry.verified !== 'observed') return Infinity;
  const at = observedAt({ ...row.compared, ...(beat ?? { heartbeat: null, heartbeat_exact: null }) });
  return at === null ? Infinity : Date.parse(at);
}
