/** What the page shows, as its address holds it: a view can be bookmarked and shared. Also where the API has its CSV. */
import { TIERS, type Tier } from '../../domain/tier.js';
import { CRITERION_IDS, type CriterionId } from '../../domain/verdict.js';

export const SORTS = ['worst', 'name', 'oldest', 'newest'] as const;
export type Sort = (typeof SORTS)[number];

/** Which repositories are shown, and in which order. */
export interface View {
  readonly text: string;
  readonly domain: string | undefined;
  readonly tier: Tier | undefined;
  /** Only repositories that do not meet it. */
  readonly criterion: CriterionId | undefined;
  readonly stale: boolean;
  /** Only repositories whose last evaluation failed. */
  readonly broken: boolean;
  readonly never: boolean;
  readonly sort: Sort;
  /** The repository that is open in the panel. */
  readonly repo: string | undefined;
}

export const EVERYTHING: View = {
  ...{ text: '', domain: undefined, tier: undefined, criterion: undefined },
  ...{ stale: false, broken: false, never: false, sort: 'worst', repo: undefined },
};

/** Reads a query; it leaves out what it does not know. */
export function readAddress(query: string): View {
  const given = new URLSearchParams(query);
  return {
    text: given.get('text') ?? '',
    domain: given.get('domain') ?? undefined,
    tier: TIERS.find((tier) => tier === given.get('tier')),
    criterion: CRITERION_IDS.find((id) => id === given.get('criterion')),
    stale: given.get('stale') === 'true',
    // Old bookmarks call `broken` `failing`.
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

export interface Csv {
  readonly path: string;
  /** The part of the view that the API can filter by: the file holds what this part shows. */
  readonly view: View;
}

/** The API filters by domain, tier, stale and broken, and neither by name nor by criterion. */
export function csvOf({ domain, tier, stale, broken }: View): Csv {
  // The empty text means "without a domain" on the page; the API has no word for that.
  const view: View = { ...EVERYTHING, domain: domain === '' ? undefined : domain, tier, stale, broken };
  return { path: `./repos/doi/summary${writeAddress(view)}`, view };
}
