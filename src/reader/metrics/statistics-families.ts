/** The numbers of the fleet, as metrics. */
import { type Family, single } from '../../platform/metrics/family.js';
import type { FleetStatistics } from '../fleet-statistics.js';

export function statisticsFamilies(fleet: FleetStatistics): Family[] {
  const by = (label: string, counts: Readonly<Record<string, number>>) =>
    Object.entries(counts).map(([name, value]) => ({ labels: { [label]: name }, value }));
  const criteria = Object.entries(fleet.criteria).flatMap(([criterion, statuses]) =>
    Object.entries(statuses).map(([status, value]) => ({ labels: { criterion, status }, value })),
  );
  const { oldestStaleAt } = fleet;
  return [
    { name: 'doi_repositories', samples: by('tier', fleet.tiers) },
    single('doi_repositories_broken', fleet.broken),
    single('doi_repositories_never_evaluated', fleet.neverEvaluated),
    single('doi_repositories_stale', fleet.stale),
    { name: 'doi_repositories_stale_by_code', samples: by('code', fleet.staleByCode) },
    { name: 'doi_criterion_repositories', samples: criteria },
    ...(oldestStaleAt === null
      ? []
      : [single('doi_stale_oldest_checked_timestamp_seconds', Date.parse(oldestStaleAt) / 1000)]),
  ];
}
