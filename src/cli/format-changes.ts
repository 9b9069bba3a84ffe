/** Shows what changed over all repositories as a table, the latest first. */
import Table from 'cli-table3';
import type { ChangeEntry, ChangesAnswer } from '../api/history.js';
import { count } from '../domain/text.js';
import { NO_BORDERS, type SummaryView } from './format-summary.js';
import { showAge, showText } from './terminal.js';

export interface ChangesView extends SummaryView {
  readonly direction: 'worse' | 'better' | 'all';
}

const HEAD = ['when', 'repository', 'tier', 'criteria', 'because of'] as const;
/** The text columns begin here, and share the width that the others leave. */
const TEXTS = 3;
/** Where a text column would be narrower than this, the terminal wraps the lines instead. */
const NARROWEST = 14;
const WHAT = { worse: ' for the worse', better: ' for the better', all: '' } as const;

/** The table, and below it since when changes are listed, and whether there are more. */
export function formatChanges(answer: ChangesAnswer, view: ChangesView): string {
  const { changes, since, known_since: known, next } = answer;
  const what = WHAT[view.direction];
  const more = next === null ? '' : `, and more before: add --cursor ${showText(next)}`;
  const notes = [
    changes.length === 0
      ? `No changes${what} since ${showText(since)}.`
      : `${count(changes.length, `change${what}`, `changes${what}`)} since ${showText(since)}${more}`,
    ...(known === null ? ['No repository has been judged yet.'] : []),
    ...(known !== null && known > since ? [`Nothing is known of the time before ${showText(known)}.`] : []),
  ];
  return `${[...(changes.length === 0 ? [] : [formatTable(changes, view), '']), ...notes].join('\n')}\n`;
}

function formatTable(changes: readonly ChangeEntry[], { width, now, paint }: ChangesView): string {
  const rows = changes.map((change) => toCells(change, now));
  const table = new Table({
    head: [...HEAD],
    colWidths: widthsOf(rows, width),
    wordWrap: true,
    style: { head: [], border: [] },
    ...(width === undefined ? { chars: NO_BORDERS } : {}),
  });
  for (const [at, row] of rows.entries()) {
    const { tier_was: was, tier_now: is, direction } = changes[at] as ChangeEntry;
    const colour = direction === 'worse' ? 'red' : direction === 'better' ? 'green' : 'yellow';
    const isMove = was !== null && was !== is;
    table.push(row.map((cell, column) => (column === 2 && isMove ? paint(colour, cell) : cell)));
  }
  return table
    .toString()
    .split('\n')
    .map((line) => line.trimEnd())
    .join('\n');
}

function toCells(change: ChangeEntry, now: Date): string[] {
  const { at, repo_slug: slug, tier_was: was, tier_now: is, tier, criteria, changed } = change;
  const age = showAge(at, now);
  const later = tier === is ? '' : `, ${tier} at present`;
  const moves = criteria.map(({ id, was, now }) => `${id} ${was ?? 'none'} → ${now ?? 'none'}`);
  return [
    age === 'now' ? age : `${age} ago`,
    showText(slug),
    (was === null ? `${is} at first` : was === is ? is : `${was} → ${is}`) + later,
    // At first all criteria are new, so none is named.
    was === null ? '–' : moves.join(', ') || '–',
    changed.map(({ input }) => showText(input)).join(', ') || '–',
  ];
}

/** The widths of the columns, each with its padding; null: as wide as its content. */
function widthsOf(rows: readonly string[][], width: number | undefined): (number | null)[] {
  const need = HEAD.map((head, at) => 2 + Math.max(head.length, ...rows.map((row) => row[at]?.length ?? 0)));
  const fixed = need.slice(0, TEXTS).reduce((sum, each) => sum + each, 0);
  // One border for each column, and one more.
  const free = (width ?? Number.POSITIVE_INFINITY) - fixed - HEAD.length - 1;
  const [criteria = 0, inputs = 0] = need.slice(TEXTS);
  const share = Math.floor(free / 2);
  if (criteria + inputs <= free || share < NARROWEST) return HEAD.map(() => null);
  // A column that needs less than its half leaves the rest to the other.
  const first = inputs < share ? free - inputs : Math.min(criteria, share);
  return [null, null, null, first, Math.min(inputs, free - first)];
}
