/** Which entries a view shows, in which order and in which groups. */
import type { SummaryEntry } from '../../api/summary.js';
import { TIERS, type Tier } from '../../domain/tier.js';
import { worstFirst } from '../../domain/worst-first.js';
import type { View } from './address.js';

/** The repositories of one domain. */
export interface Group {
  /** Null for repositories without one. */
  readonly domain: string | null;
  /** The lowest tier of the entries that are shown. */
  readonly lowest: Tier;
  readonly entries: readonly SummaryEntry[];
}

/** Whether a view shows an entry. */
export function shows(view: View, entry: SummaryEntry): boolean {
  const wanted = view.text.trim().toLowerCase();
  return (
    (wanted === '' ||
      entry.repo_slug.toLowerCase().includes(wanted) ||
      (entry.domain_slug ?? '').toLowerCase().includes(wanted)) &&
    (view.domain === undefined || (entry.domain_slug ?? '') === view.domain) &&
    (view.tier === undefined || entry.tier === view.tier) &&
    (view.criterion === undefined || entry.failing.some(({ id }) => id === view.criterion)) &&
    (!view.stale || entry.stale) &&
    (!view.broken || entry.broken) &&
    (!view.never || entry.checked_at === null)
  );
}

/** The entries that a view shows, grouped by domain. Both are in the view's order: the worst domain first, or by name. */
export function select(entries: readonly SummaryEntry[], view: View): Group[] {
  const byDomain = new Map<string | null, SummaryEntry[]>();
  for (const entry of entries) {
    if (!shows(view, entry)) continue;
    const group = byDomain.get(entry.domain_slug);
    if (group === undefined) byDomain.set(entry.domain_slug, [entry]);
    else group.push(entry);
  }
  const groups = [...byDomain].map(([domain, list]) => ({
    domain,
    lowest: TIERS.find((tier) => list.some((entry) => entry.tier === tier)) ?? 'none',
    entries: list.sort(ORDERS[view.sort]),
  }));
  return groups.sort((one, other) => orderGroups(view.sort, one, other) || byDomainName(one, other));
}

function orderGroups(sort: View['sort'], one: Group, other: Group): number {
  if (sort === 'worst') return TIERS.indexOf(one.lowest) - TIERS.indexOf(other.lowest);
  const [first, second] = [one.entries[0], other.entries[0]];
  return sort === 'name' || first === undefined || second === undefined ? 0 : ORDERS[sort](first, second);
}

const compare = (one: string, other: string) => (one < other ? -1 : one > other ? 1 : 0);
const byDomainName = (one: Group, other: Group) => compare(one.domain ?? '', other.domain ?? '');
const bySlug = (one: SummaryEntry, other: SummaryEntry) => compare(one.repo_slug, other.repo_slug);
const checked = ({ checked_at: at }: SummaryEntry) => at ?? '';

const ORDERS: Readonly<Record<View['sort'], (one: SummaryEntry, other: SummaryEntry) => number>> = {
  worst: worstFirst,
  name: bySlug,
  oldest: (one, other) => compare(checked(one), checked(other)) || bySlug(one, other),
  newest: (one, other) => compare(checked(other), checked(one)) || bySlug(one, other),
};

/** How many there are of each kind, whatever the view shows. */
export interface Totals {
  readonly all: number;
  readonly tiers: Readonly<Record<Tier, number>>;
  readonly stale: number;
  readonly broken: number;
  readonly never: number;
}

export function total(entries: readonly SummaryEntry[]): Totals {
  const tiers = { none: 0, core: 0, standard: 0, full: 0 };
  for (const { tier } of entries) tiers[tier] += 1;
  return {
    all: entries.length,
    tiers,
    stale: entries.filter(({ stale }) => stale).length,
    broken: entries.filter(({ broken }) => broken).length,
    never: entries.filter(({ checked_at: at }) => at === null).length,
  };
}
