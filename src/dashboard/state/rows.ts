/** Where the keys are in the matrix, and where the next key leads. */
import { COLUMNS } from './criteria.js';
import type { Row } from './window.js';

export interface Place {
  readonly slug: string;
  /** From 0: the repository, its tier, its verdicts, when it was judged. */
  readonly column: number;
}

export const TIER_COLUMN = 1;
export const FIRST_VERDICT = 2;
export const JUDGED_COLUMN = FIRST_VERDICT + COLUMNS.length;

const PAGE = 10;

/** Where a key leads from a place, or undefined for a key that leads nowhere. Headings of domains are passed over. */
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
    column: Math.max(0, Math.min(column, JUDGED_COLUMN)),
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
      return isControl ? toRow(slugs.length - 1) : toColumn(JUDGED_COLUMN);
    default:
      return undefined;
  }
}
