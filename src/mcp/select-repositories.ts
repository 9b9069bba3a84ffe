/** Which repositories a filter keeps, where a page begins, and how many there are in each group. Pure. */
import { parseCursor } from '../api/summary-cursor.js';
import { DoiError } from '../domain/errors.js';
import type { Tier } from '../domain/tier.js';
import type { CriterionId } from '../domain/verdict.js';
import { type Ranked, worstFirst } from '../domain/worst-first.js';
import type { ListedRepository } from './summary-memory.js';

export interface RepositoryFilter {
  readonly domain?: string | undefined;
  readonly tier?: Tier | undefined;
  readonly stale?: boolean | undefined;
  readonly broken?: boolean | undefined;
  readonly failing?: CriterionId | undefined;
}

export interface Selection {
  readonly filter: RepositoryFilter;
  readonly cursor?: string | undefined;
  readonly groupBy?: 'tier' | 'domain' | 'criterion' | undefined;
}

export interface Selected {
  /** Worst first. */
  readonly matching: readonly ListedRepository[];
  /** Where the page begins. */
  readonly from: number;
  /** The largest first. A repository that fails several criteria counts in each. */
  readonly groups: readonly { readonly key: string; readonly count: number }[] | undefined;
}

/** @throws {DoiError} `bad_request` for a cursor that no page gave */
export function selectRepositories(
  all: readonly ListedRepository[],
  { filter, cursor, groupBy }: Selection,
): Selected {
  const matching = all.filter((one) => keeps(filter, one)).sort(worstFirst);
  const after = cursor === undefined ? undefined : readCursor(cursor);
  // By rank and not by number: repositories that come or go between two pages hide no other one.
  const next =
    after === undefined ? 0 : matching.findIndex((one) => worstFirst(after, one) < 0 && !isSame(after, one));
  return {
    matching,
    from: next === -1 ? matching.length : next,
    groups: groupBy === undefined ? undefined : groupRepositories(matching, groupBy),
  };
}

function isSame(
  one: Pick<ListedRepository, 'repo_slug'>,
  other: Pick<ListedRepository, 'repo_slug'>,
): boolean {
  return one.repo_slug === other.repo_slug;
}

function keeps(filter: RepositoryFilter, one: ListedRepository): boolean {
  return (
    (filter.domain === undefined || (one.domain_slug ?? '') === filter.domain) &&
    (filter.tier === undefined || one.tier === filter.tier) &&
    (filter.stale === undefined || one.stale === filter.stale) &&
    (filter.broken === undefined || one.broken === filter.broken) &&
    (filter.failing === undefined || one.failing.includes(filter.failing))
  );
}

/** @throws {DoiError} `bad_request` */
function readCursor(cursor: string): Ranked {
  const place = parseCursor(cursor);
  if (place !== undefined) return place;
  throw new DoiError('bad_request', 'No page gave this cursor.', 'Give `next` of the page before.');
}

function groupRepositories(
  matching: readonly ListedRepository[],
  groupBy: 'tier' | 'domain' | 'criterion',
): { readonly key: string; readonly count: number }[] {
  const counts = new Map<string, number>();
  for (const one of matching)
    for (const key of keysOf(one, groupBy)) counts.set(key, (counts.get(key) ?? 0) + 1);
  return [...counts].map(([key, count]) => ({ key, count })).sort((one, other) => other.count - one.count);
}

function keysOf(one: ListedRepository, groupBy: 'tier' | 'domain' | 'criterion'): readonly string[] {
  if (groupBy === 'tier') return [one.tier];
  if (groupBy === 'domain') return [one.domain_slug ?? ''];
  return one.failing;
}
