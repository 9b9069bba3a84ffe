/** Counts what a summary says of all repositories. */
import type { SummaryEntry } from '../../api/summary.js';
import type { StaleCode } from '../../domain/freshness.js';
import { TIERS, type Tier } from '../../domain/tier.js';
import { CRITERION_IDS, type CriterionId, type Status } from '../../domain/verdict.js';

export interface FleetStatistics {
  /** How many repositories reach exactly this tier; all tiers are there. */
  readonly tiers: Readonly<Record<Tier, number>>;
  /** How many repositories have this status of a criterion; all are there. */
  readonly criteria: Readonly<Record<CriterionId, Readonly<Record<Status, number>>>>;
  readonly stale: number;
  /** How many are stale for a reason of this code; one with several codes counts for each. All codes are there. */
  readonly staleByCode: Readonly<Record<StaleCode, number>>;
  readonly neverEvaluated: number;
  readonly broken: number;
  /** When the oldest verdicts of a stale one were written, in ISO 8601; null where none is stale that has any. */
  readonly oldestStaleAt: string | null;
}

const NO_STATUSES: Readonly<Record<Status, number>> = { pass: 0, warn: 0, fail: 0, skip: 0 };
const NO_CODES: Readonly<Record<StaleCode, number>> = {
  ...{ never_evaluated: 0, input_changed: 0, unsettled: 0 },
  ...{ not_verified: 0, over_age: 0, foreign_row: 0 },
};

/** Counts once through all entries. */
export function countFleet(entries: readonly SummaryEntry[]): FleetStatistics {
  const tiers = Object.fromEntries(TIERS.map((tier) => [tier, 0])) as Record<Tier, number>;
  const criteria = Object.fromEntries(CRITERION_IDS.map((id) => [id, { ...NO_STATUSES }])) as Record<
    CriterionId,
    Record<Status, number>
  >;
  const staleByCode = { ...NO_CODES };
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
    // Of one form, so that their order is that of their times.
    if (entry.checked_at !== null && (oldestStaleAt === null || entry.checked_at < oldestStaleAt))
      oldestStaleAt = entry.checked_at;
  }
  return { tiers, criteria, ...counted, staleByCode, oldestStaleAt };
}
