/** The order "worst first", by which the service, the command line and the dashboard list repositories. */
import { TIERS, type Tier } from './tier.js';

/** What the order rests on. */
export interface Ranked {
  readonly repo_slug: string;
  readonly tier: Tier;
  readonly checked_at: string | null;
}

/**
 * Never evaluated first, then the lowest tier, then by slug. How many criteria fail is left out: the tier is what a
 * repository has reached, and a slug keeps its row where it is while criteria come and go.
 */
export function worstFirst(one: Ranked, other: Ranked): number {
  const evaluated = Number(one.checked_at !== null) - Number(other.checked_at !== null);
  const tier = TIERS.indexOf(one.tier) - TIERS.indexOf(other.tier);
  return evaluated || tier || (one.repo_slug < other.repo_slug ? -1 : 1);
}
