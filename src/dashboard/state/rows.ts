/** The rows of the matrix: which there are, which are drawn, and where a key moves the focus. */
import type { SummaryEntry } from '../../api/summary.js';
import { COLUMNS } from './criteria.js';
import type { Group } from './select.js';

/** The heading of a domain, or a repository. */
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
  /** The first row that is drawn, and the one after the last. */
  readonly from: number;
  readonly to: number;
}

/** How many rows are drawn above and below the screen. */
const MARGIN = 12;

/** Which rows are drawn: all of them while there are few, so that the page can be searched and printed. */
export function drawnOf(
  count: number,
  { top, height, row }: { top: number; height: number; row: number },
): Drawn {
  if (count <= 200) return { from: 0, to: count };
  const first = Math.floor(top / row) - MARGIN;
  const last = Math.ceil((top + height) / row) + MARGIN;
  const from = Math.max(0, Math.min(first, count - 1));
  return { from, to: Math.max(from, Math.min(last, count)) };
}

/** A cell. */
export interface Place {
  readonly slug: string;
  /** From 0: the repository, its tier, its verdicts, when it was evaluated. */
  readonly column: number;
}

export const TIER_COLUMN = 1;
export const FIRST_VERDICT = 2;
export const EVALUATED_COLUMN = FIRST_VERDICT + COLUMNS.length;

const PAGE = 10;

/** Where a key moves the focus to; undefined for a key that does not move it. Headings of domains are skipped. */
export function afterKey(
  { key, isControl }: { key: string; isControl: boolean },
  from: Place,
  rows: readonly Row[],
): Place | undefined {
  const slugs = rows.flatMap((row) => (row.kind === 'entry' ? [row.entry.repo_slug] : []));
  const at = slugs.indexOf(from.slug);
  const toRow = (row: number): Place => ({
    slug: slugs[Math.max(0, Math.min(row, slugs.length - 1))] ?? from.slug,
    column: from.column,
  });
  const toColumn = (column: number): Place => ({
    slug: from.slug,
    column: Math.max(0, Math.min(column, EVALUATED_COLUMN)),
  });
  switch (key) {
    case 'ArrowDown':
      return toRow(at + 1);
    case 'ArrowUp':
      return toRow(at - 1);
    case 'PageDown':
      return toRow(at + PAGE);
    case 'PageUp':
      return toRow(at - PAGE);
    case 'ArrowRight':
      return toColumn(from.column + 1);
    case 'ArrowLeft':
      return toColumn(from.column - 1);
    case 'Home':
      return isControl ? toRow(0) : toColumn(0);
    case 'End':
      return isControl ? toRow(slugs.length - 1) : toColumn(EVALUATED_COLUMN);
    default:
      return undefined;
  }
}
