/** What is looked at, as it stands in the address bar: a view can be kept and shared by it. */
import type { Tier } from '../../domain/tier.js';
import type { CriterionId } from '../../domain/verdict.js';

export const SORTS = ['worst', 'name', 'oldest', 'newest'] as const;
export type Sort = (typeof SORTS)[number];

/** Which repositories are shown, and in which order. */
export interface View {
  readonly text: string;
  readonly domain: string | undefined;
  readonly tier: Tier | undefined;
  /** Only those that do not meet it. */
  readonly criterion: CriterionId | undefined;
  readonly stale: boolean;
  /** Only those whose last evaluation broke. */
  readonly broken: boolean;
  readonly never: boolean;
  readonly sort: Sort;
  /** The one that is open beside. */
  readonly repo: string | undefined;
}

export const EVERYTHING: View = {
  ...{ text: '', domain: undefined, tier: undefined, criterion: undefined },
  ...{ stale: false, broken: false, never: false, sort: 'worst', repo: undefined },
};

const TIERS: readonly Tier[] = ['none', 'core', 'standard', 'full'];

/** Reads a query; what it does not know, it leaves out. */
export function readAddress(query: string): View {
  const given = new URLSearchParams(query);
  const criterion = given.get('criterion') ?? '';
  return {
    text: given.get('text') ?? '',
    domain: given.get('domain') ?? undefined,
    tier: TIERS.find((tier) => tier === given.get('tier')),
    criterion: /^C(?:[1-9]|1[0-4])$/.test(criterion) ? (criterion as CriterionId) : undefined,
    stale: given.get('stale') === 'true',
    // `failing` in addresses that were kept from when the page called it so.
    broken: given.get('broken') === 'true' || given.get('failing') === 'true',
    never: given.get('never') === 'true',
    sort: SORTS.find((sort) => sort === given.get('sort')) ?? 'worst',
    repo: given.get('repo') ?? undefined,
  };
}

/** Writes a query, `?…`, with what differs from everything; empty where nothing does. */
export function writeAddress(view: View): string {
  const query = new URLSearchParams();
  for (const key of Object.keys(EVERYTHING) as (keyof View)[]) {
    const value = view[key];
    if (value !== undefined && value !== EVERYTHING[key]) query.set(key, String(value));
  }
  const text = query.toString();
  return text === '' ? '' : `?${text}`;
}
