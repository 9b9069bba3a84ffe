/** Shows all repositories as a table. */
import Table from 'cli-table3';
import type { SummaryEntry } from '../api/summary.js';
import { count } from '../domain/text.js';
import { TIER_CRITERIA, TIERS, type Tier } from '../domain/tier.js';
import { type Colour, showAge, showText, type View } from './terminal.js';

export interface SummaryView extends View {
  /** Whether only some repositories are listed, so that an empty list does not mean that nothing is registered. */
  readonly filtered?: boolean;
}

const NONE_AT_ALL = 'Nothing is registered: "doi register PATH" registers a checkout.\n';
const NONE_OF_THESE = 'No active repository is one of these: "doi summary" lists all.\n';
const HEAD = ['repository', 'tier', 'failing', 'what is next', 'age'] as const;
const FAILING: number = 2;
const NEXT: number = 3;
const TIER: number = 1;
const TIER_COLOURS: Readonly<Record<Tier, Colour>> = {
  none: 'red',
  core: 'yellow',
  standard: 'yellow',
  full: 'green',
};
/** A text column that would be narrower than this is left out. */
const NARROWEST = 16;

/** The table, and below it how many repositories have which tier. Without a terminal: no borders, no line breaks. */
export function formatSummary(entries: readonly SummaryEntry[], view: SummaryView): string {
  if (entries.length === 0) return view.filtered ? NONE_OF_THESE : NONE_AT_ALL;
  const rows = entries.map((entry) => toRow(entry, view));
  const columns = fitColumns(rows, view.width);
  const table = new Table({
    head: columns.map(({ index }) => HEAD[index] ?? ''),
    colWidths: columns.map(({ width }) => width),
    wordWrap: true,
    style: { head: [], border: [] },
    ...(view.width === undefined ? { chars: NO_BORDERS } : {}),
  });
  const show = (text: string, index: number) =>
    index === TIER ? view.paint(TIER_COLOURS[text as Tier] ?? 'gray', text) : text;
  for (const row of rows) table.push(columns.map(({ index }) => show(row[index] ?? '', index)));
  const lines = table.toString().split('\n');
  return `${[...lines.map((line) => line.trimEnd()), '', countTiers(entries)].join('\n')}\n`;
}

function toRow(entry: SummaryEntry, { now }: View): string[] {
  const isJudged = entry.checked_at !== null;
  const marks = [isJudged && entry.stale ? 'stale' : '', entry.broken ? 'broken' : ''].filter(Boolean);
  return [
    showText(entry.repo_slug),
    entry.tier,
    entry.failing.map(({ id }) => id).join(' ') || '–',
    describeMissing(entry),
    [isJudged ? showAge(entry.checked_at, now) : 'not judged', ...marks].join(', '),
  ];
}

function describeMissing({ tier, failing, checked_at: checkedAt }: SummaryEntry): string {
  if (checkedAt === null) return 'to be judged';
  const next = TIERS[TIERS.indexOf(tier) + 1];
  if (next === undefined || next === 'none') return '–';
  const missing = failing.filter(({ id }) => TIER_CRITERIA[next].includes(id));
  return `${next}: ${missing.map(({ label }) => showText(label)).join(', ')}`;
}

interface Column {
  readonly index: number;
  /** With one space of padding on each side; null: as wide as its content. */
  readonly width: number | null;
}

/** The two text columns share the width that the others leave; if that is too little, `failing` is left out. */
function fitColumns(rows: readonly (readonly string[])[], width: number | undefined): Column[] {
  const needed = HEAD.map(
    (head, index) => 2 + Math.max(head.length, ...rows.map((row) => row[index]?.length ?? 0)),
  );
  const all = HEAD.map((_, index) => index);
  if (width === undefined) return all.map((index) => ({ index, width: null }));
  for (const shown of [all, all.filter((index) => index !== FAILING)]) {
    const columns = fitInto(shown, needed, width);
    if (columns !== undefined) return columns;
  }
  // Too narrow for any text column. The other columns may still be wider than the terminal, which then wraps the lines.
  return [0, 1, 4].map((index) => ({ index, width: null }));
}

function fitInto(shown: readonly number[], needed: readonly number[], width: number): Column[] | undefined {
  const isText = (index: number) => index === FAILING || index === NEXT;
  const need = (index: number) => needed[index] ?? 0;
  // One border for each column, and one more.
  const free = width - shown.length - 1 - sum(shown.filter((index) => !isText(index)).map(need));
  const texts = shown.filter(isText);
  if (sum(texts.map(need)) <= free) return shown.map((index) => ({ index, width: need(index) }));
  const small = texts.filter((index) => need(index) <= NARROWEST);
  const wide = texts.filter((index) => need(index) > NARROWEST);
  const share = Math.floor((free - sum(small.map(need))) / Math.max(1, wide.length));
  if (share < NARROWEST) return undefined;
  return shown.map((index) => ({
    index,
    width: wide.includes(index) ? Math.min(share, need(index)) : need(index),
  }));
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, each) => total + each, 0);
}

function countTiers(entries: readonly SummaryEntry[]): string {
  const counted = TIERS.toReversed().flatMap((tier) => {
    const number = entries.filter((entry) => entry.tier === tier).length;
    return number === 0 ? [] : [`${number} ${tier}`];
  });
  const stale = entries.filter((entry) => entry.stale).length;
  const all = count(entries.length, 'repository', 'repositories');
  return `${all}: ${counted.join(', ')}; ${stale} stale${countBroken(entries)}`;
}

function countBroken(entries: readonly SummaryEntry[]): string {
  const broken = entries.filter((entry) => entry.broken);
  const [first] = broken;
  return first === undefined
    ? ''
    : `, ${broken.length} broken ("doi why ${showText(first.repo_slug)}" says why)`;
}

const BORDERS = [
  ...['top', 'top-mid', 'top-left', 'top-right', 'bottom', 'bottom-mid', 'bottom-left', 'bottom-right'],
  ...['left', 'left-mid', 'mid', 'mid-mid', 'right', 'right-mid', 'middle'],
];
/** A table's borders where the output is no terminal. */
export const NO_BORDERS = Object.fromEntries(BORDERS.map((name) => [name, '']));
