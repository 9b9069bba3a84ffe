/** The shape of the trend, as HTTP gives it. */
import type { Tier } from './tier.js';

/** How many repositories were at each tier at the end of a day; today's is as of now. */
export interface TrendDay extends Readonly<Record<Tier, number>> {
  /** In UTC, as in `2026-11-26`. */
  readonly date: string;
  readonly never_evaluated: number;
}

/** Some days in a row, the oldest first. */
export interface TrendAnswer {
  readonly days: readonly TrendDay[];
  /** The cursor of the days before; null where nothing is known of them. */
  readonly next: string | null;
}
