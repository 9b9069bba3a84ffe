/**
 * Finds the placeholders in a file of the repository, and removes their lines before the file is judged: what is still to be
 * written must not count as written.
 */
import { oneLine, splitLines } from './text.js';

/** The mark of a placeholder; a line that begins with it is one. */
export const PLACEHOLDER_MARK = 'TODO(doi):';

/**
 * What may stand before the mark: white space, the marker of a list, a heading, a quotation or a comment, emphasis. A line that
 * only speaks of the mark has words before it. Each part begins with another character, so that a long line takes linear time.
 */
const BEGINNING = /^(?:[\s#>*+_~-]|\/[/*]|<!--|\d{1,9}[.)]\s|\[[ xX]\]\s)*/;

/** A line of a file that is still to be written. */
export interface Placeholder {
  readonly line: number;
  /** What belongs in its place: the text after the mark. */
  readonly text: string;
}

export interface Filled {
  /** The text with an empty line for each placeholder, so that all lines keep their numbers. */
  readonly text: string;
  /** The first ones, as many as were asked for. */
  readonly placeholders: readonly Placeholder[];
  /** How many there are in all. */
  readonly count: number;
}

/**
 * A text without its placeholders.
 * @param limit how many are collected, for a caller that lists those of many files
 */
export function withoutPlaceholders(text: string, limit = Number.POSITIVE_INFINITY): Filled {
  if (!text.includes(PLACEHOLDER_MARK)) return { text, placeholders: [], count: 0 };
  const placeholders: Placeholder[] = [];
  let count = 0;
  const lines = splitLines(text).map((line, index) => {
    if (!line.includes(PLACEHOLDER_MARK)) return line;
    const at = BEGINNING.exec(line)?.[0].length ?? 0;
    if (!line.startsWith(PLACEHOLDER_MARK, at)) return line;
    count += 1;
    if (placeholders.length < limit) {
      const what = line.slice(at + PLACEHOLDER_MARK.length, at + 1_000);
      placeholders.push({ line: index + 1, text: oneLine(what, 200).trim() });
    }
    return '';
  });
  return count === 0 ? { text, placeholders, count } : { text: lines.join('\n'), placeholders, count };
}

/** Lines of a file, from the first one to before the last one. */
export interface Stretch {
  readonly from: number;
  readonly to: number;
}

/** A file by its lines, as {@link isUnwritten} reads it. */
export interface FilledLines {
  readonly lines: readonly string[];
  /** The lines of placeholders. */
  readonly marked: ReadonlySet<number>;
  /** The first lines of headings. */
  readonly headings: ReadonlySet<number>;
  /** Lines that a template has besides placeholders. */
  readonly template: readonly string[];
}

/** Splits a file once, however many stretches of it are judged. */
export function linesOf(
  { text, placeholders }: Filled,
  headings: readonly { readonly line: number }[],
  template: readonly string[] = [],
): FilledLines {
  return {
    lines: splitLines(text),
    marked: new Set(placeholders.map(({ line }) => line)),
    headings: new Set(headings.map(({ line }) => line)),
    template,
  };
}

/** The underline of a heading, or a line between parts. */
const RULE = /^(?:=+|-+|\*{3,}|_{3,})$/;

/** Whether a stretch holds a placeholder, and besides nothing that a person wrote. */
export function isUnfilled(file: FilledLines, stretch: Stretch): boolean {
  if (!isUnwritten(file, stretch)) return false;
  for (let at = stretch.from; at < stretch.to && at <= file.lines.length; at += 1)
    if (file.marked.has(at)) return true;
  return false;
}

/** Whether a stretch holds nothing that a person wrote: placeholders, headings, empty lines, lines of the template. */
export function isUnwritten({ lines, headings, template }: FilledLines, { from, to }: Stretch): boolean {
  for (let at = from; at < to && at <= lines.length; at += 1) {
    const line = (lines[at - 1] ?? '').trim();
    if (line !== '' && !headings.has(at) && !RULE.test(line) && !template.includes(line)) return false;
  }
  return true;
}

const MAX_NAMED = 15;

/** A clause such as `placeholders at lines 3, 9 and 12`. */
export function namePlaceholders(placeholders: readonly Placeholder[]): string {
  const lines = placeholders.map(({ line }) => line);
  const [first, ...others] = lines;
  if (others.length === 0) return `a placeholder at line ${first}`;
  if (lines.length > MAX_NAMED)
    return `placeholders at lines ${lines.slice(0, MAX_NAMED).join(', ')} and ${lines.length - MAX_NAMED} more`;
  return `placeholders at lines ${lines.slice(0, -1).join(', ')} and ${lines.at(-1)}`;
}

/** What to do about placeholders, as a clause. To delete one leaves its place empty, so that this does not say it. */
export const FILL_IN = `replace each line that begins with \`${PLACEHOLDER_MARK}\` by what it asks for`;
