/** Counts a summary's entries, for the metrics. */
import type { SummaryEntry } from '../../api/summary.js';
import { STALE_CODES, type StaleCode } from '../../domain/freshness.js';
import { TIERS, type Tier } from '../../domain/tier.js';
import { CRITERION_IDS, type CriterionId, STATUSES, type Status } from '../../domain/verdict.js';

export interface SummaryStatistics {
  /** How many repositories reach exactly this tier; all tiers are there. */
  readonly tiers: Readonly<Record<Tier, number>>;
  /** How many repositories have this status of a criterion; all are there. */
  readonly criteria: Readonly<Record<CriterionId, Readonly<Record<Status, number>>>>;
  readonly stale: number;
  /** How many are stale for a reason of this code; one with several codes counts for each. All codes are there. */
  readonly staleByCode: Readonly<Record<StaleCode, number>>;
  readonly neverEvaluated: number;
  readonly broken: number;
  /** When the oldest verdicts of a stale repository were written, in ISO 8601; null where no stale one has verdicts. */
  readonly oldestStaleAt: string | null;
}

/** Counts in one pass over the entries. */
export function countEntries(entries: readonly SummaryEntry[]): SummaryStatistics {
  const tiers = zeros(TIERS);
  const criteria = Object.fromEntries(CRITERION_IDS.map((id) => [id, zeros(STATUSES)])) as Record<
    CriterionId,
    Record<Status, number>
  >;
  const staleByCode = zeros(STALE_CODES);
  const counted = { stale: 0, neverEvaluated: 0, broken: 0 };
  let oldestStaleAt: string | null = null;
  for (const entry of entries) {
    tiers[entry.tier] += 1;
    for (const id of CRITERION_IDS) {
      const status = entry.statuses[id];
      if (status !== undefined) criteria[id][status] += 1;
    }
    if (entry.checked_at === null) counted.neverEvaluated += 1;
    if (entry.broken) counted.broken += 1;
    if (!entry.stale) continue;
    counted.stale += 1;
    for (const code of new Set(entry.stale_reasons.map((reason) => reason.code))) staleByCode[code] += 1;
    // All times have one form, so that their text order is their order in time.
    if (entry.checked_at !== null && (oldestStaleAt === null || entry.checked_at < oldestStaleAt))
      oldestStaleAt = entry.checked_at;
  }
  return { tiers, criteria, ...counted, staleByCode, oldestStaleAt };
}

function zeros<Name extends string>(names: readonly Name[]): Record<Name, number> {
  return Object.fromEntries(names.map((name) => [name, 0])) as Record<Name, number>;
}
