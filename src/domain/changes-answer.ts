/** The shape of the list of changes over all repositories, as HTTP and `--json` give it. */
import type { HistoryEntry } from './answers.js';
import type { Tier } from './tier.js';

/** How a change went. Both of a kind make it `mixed`; `other`: neither, such as a criterion that failed and is skipped now. */
export const DIRECTIONS = ['worse', 'better', 'mixed', 'first', 'other'] as const;
export type Direction = (typeof DIRECTIONS)[number];

/** One change of a repository's tier or of a status. */
export interface ChangeEntry extends HistoryEntry {
  readonly repo_slug: string;
  readonly domain_slug: string | null;
  readonly direction: Direction;
  /** The tier that the repository has at present; a later change may have made it another than `tier_now`. */
  readonly tier: Tier;
}

/** A page of the changes of all active repositories, the latest first. */
export interface ChangesAnswer {
  /** The time asked for. */
  readonly since: string;
  /** From when on all changes are known; null where there has been none yet. Later than `since`, the list is not whole. */
  readonly known_since: string | null;
  readonly changes: readonly ChangeEntry[];
  /** The cursor of the next page; null on the last. */
  readonly next: string | null;
}
