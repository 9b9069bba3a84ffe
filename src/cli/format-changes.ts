/** Shows what changed over all repositories as a table, the latest first. */
import Table from 'cli-table3';
import type { ChangeEntry, ChangesAnswer } from '../api/history.js';
import { NO_BORDERS, type SummaryView } from './format-summary.js';
import { showAge, showText } from './terminal.js';

export interface ChangesView extends SummaryView {
  readonly direction: 'worse' | 'better' | 'all';
}

const HEAD = ['when', 'repository', 'tier', 'criteria', 'because of'] as const;
/** The columns of text begin here, and share what the terminal leaves them. */
const TEXTS = 3;
/** A column of text that would be narrower than this is not broken into lines; the terminal does that. */
const NARROWEST = 14;
const WHAT = { worse: 'changes for the worse', better: 'changes for the better', all: 'changes' } as const;

/** The table, and under it of which time it is and whether there is more. */
export function formatChanges(answer: ChangesAnswer, view: ChangesView): string {
  const { changes, since, known_since: known, next } = answer;
  const notes = [
    changes.length === 0
      ? `No ${WHAT[view.direction]} since ${showText(since)}.`
      : `${changes.length} ${changes.length === 1 ? WHAT[view.direction].replace('changes', 'change') : WHAT[view.direction]} since ${showText(since)}${next === null ? '' : `, and more before: add --cursor ${showText(next)}`}`,
    ...(known === null ? ['No repository has been judged yet.'] : []),
    ...(known !== null && known > since ? [`What was before ${showText(known)} is not known.`] : []),
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
    // All of them are new then.
    was === null ? '–' : moves.join(', ') || '–',
    changed.map(({ input }) => showText(input)).join(', ') || '–',
  ];
}

/** What the two columns of text may take, each with its padding; null: as wide as it is. */
function widthsOf(rows: readonly string[][], width: number | undefined): (number | null)[] {
  const need = HEAD.map((head, at) => 2 + Math.max(head.length, ...rows.map((row) => row[at]?.length ?? 0)));
  const fixed = need.slice(0, TEXTS).reduce((sum, each) => sum + each, 0);
  // One border a column, and one more.
  const free = (width ?? Number.POSITIVE_INFINITY) - fixed - HEAD.length - 1;
  const [criteria = 0, inputs = 0] = need.slice(TEXTS);
  const share = Math.floor(free / 2);
  if (criteria + inputs <= free || share < NARROWEST) return HEAD.map(() => null);
  // The one that needs less than its half leaves the rest to the other.
  const first = inputs < share ? free - inputs : Math.min(criteria, share);
  return [null, null, null, first, Math.min(inputs, free - first)];
}
