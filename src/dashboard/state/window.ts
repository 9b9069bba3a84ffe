/** Which rows of a long table are drawn: those on the screen and some beside. */
import type { SummaryEntry } from '../../api/summary.js';
import type { Group } from './select.js';

/** A row of the matrix: the head of a domain, or a repository. */
export type Row =
  | { readonly kind: 'group'; readonly group: Group }
  | { readonly kind: 'entry'; readonly entry: SummaryEntry };

/** All rows, in order. */
export function rowsOf(groups: readonly Group[]): Row[] {
  return groups.flatMap((group): Row[] => [
    { kind: 'group', group },
    ...group.entries.map((entry) => ({ kind: 'entry', entry }) as const),
  ]);
}

export interface Drawn {
  /** The first that is drawn, and the one after the last. */
  readonly from: number;
  readonly to: number;
}

/** How many rows are drawn above and below what is seen. */
const BESIDE = 12;

/** Which are drawn: all of them while there are few, so that the page can be searched and printed. */
export function drawnOf(
  count: number,
  { top, height, row }: { top: number; height: number; row: number },
): Drawn {
  if (count <= 200) return { from: 0, to: count };
  const first = Math.floor(top / row) - BESIDE;
  const last = Math.ceil((top + height) / row) + BESIDE;
  const from = Math.max(0, Math.min(first, count - 1));
  return { from, to: Math.max(from, Math.min(last, count)) };
}
