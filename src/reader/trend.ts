/** How the fleet's tiers moved from day to day, told backwards from what they are now. */

import { TIERS, type Tier } from '../domain/tier.js';
import type { TrendDay } from '../domain/trend-answer.js';

/** A tier, or that there is none yet. */
export type Standing = Tier | 'never_evaluated';

/** So many repositories that went from one standing to another on a day, in UTC; `null` is not being registered. */
export interface Move {
  readonly date: string;
  readonly was: Standing | null;
  readonly now: Standing;
  readonly count: number;
}

export interface Moves {
  /** How many there are of each standing now. */
  readonly today: Readonly<Partial<Record<Standing, number>>>;
  /** All moves from the first day asked for until now, in any order. */
  readonly moves: readonly Move[];
}

const DAY = 86_400_000;

/** The days from `first` to `last`, oldest first, of which the moves since are known; dates as in `2026-11-26`. */
export function trendOf({ today, moves }: Moves, { first, last, now }: Days): TrendDay[] {
  const counts = new Map<Standing, number>(Object.entries(today) as [Standing, number][]);
  const byDate = new Map<string, Move[]>();
  for (const move of moves) byDate.set(move.date, [...(byDate.get(move.date) ?? []), move]);
  const days: TrendDay[] = [];
  for (let date = now; date >= first; date = dayBefore(date)) {
    if (date <= last) days.push(toDay(date, counts));
    for (const { was, now: is, count } of byDate.get(date) ?? []) {
      counts.set(is, (counts.get(is) ?? 0) - count);
      if (was !== null) counts.set(was, (counts.get(was) ?? 0) + count);
    }
  }
  return days.reverse();
}

export interface Days {
  readonly first: string;
  readonly last: string;
  /** Today. */
  readonly now: string;
}

/** So many days before a date. */
export function daysBefore(date: string, count: number): string {
  return new Date(Date.parse(date) - count * DAY).toISOString().slice(0, 10);
}

function dayBefore(date: string): string {
  return daysBefore(date, 1);
}

function toDay(date: string, counts: ReadonlyMap<Standing, number>): TrendDay {
  // What another program wrote has no history: no number may go below nothing for that.
  const count = (standing: Standing) => Math.max(0, counts.get(standing) ?? 0);
  const tiers = Object.fromEntries(TIERS.map((tier) => [tier, count(tier)])) as Record<Tier, number>;
  return { date, ...tiers, never_evaluated: count('never_evaluated') };
}
