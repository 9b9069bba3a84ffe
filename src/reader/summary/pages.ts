/**
 * Pages of the summary. A page begins after an entry and not at a number, so that it stays right while others come and go.
 * A repository that changes its place meanwhile may be seen twice or not at all.
 */
import { toCursor } from '../../api/summary-cursor.js';
import { type Ranked, worstFirst } from '../../domain/worst-first.js';

export interface PageQuery {
  /** The place of the last entry of the page before; the first page without it. */
  readonly after?: Ranked | undefined;
  /** How many entries; all that follow without it. */
  readonly limit?: number | undefined;
}

export interface Page<Item> {
  readonly chosen: readonly Item[];
  /** The cursor of the page that follows; undefined for the last. */
  readonly next: string | undefined;
}

/** Takes a page of those entries that a filter keeps. @param items worst first */
export function takePage<Item extends { readonly entry: Ranked }>(
  items: readonly Item[],
  isKept: (item: Item) => boolean,
  { after, limit = Infinity }: PageQuery = {},
): Page<Item> {
  const chosen: Item[] = [];
  for (let at = after === undefined ? 0 : firstAfter(items, after); at < items.length; at += 1) {
    const item = items[at];
    if (item === undefined || !isKept(item)) continue;
    const last = chosen.at(-1);
    if (last !== undefined && chosen.length === limit) return { chosen, next: toCursor(last.entry) };
    chosen.push(item);
  }
  return { chosen, next: undefined };
}

/** The number of the first item that comes after a place, by halving: the list may have 10,000 of them. */
function firstAfter(items: readonly { readonly entry: Ranked }[], place: Ranked): number {
  let [low, high] = [0, items.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    const entry = items[middle]?.entry;
    if (entry !== undefined && worstFirst(place, entry) < 0) high = middle;
    else low = middle + 1;
  }
  return low;
}
