/**
 * Finds the placeholders in a file of the repository, and removes their lines before the file is judged: what is still to be
 * written must not count as written.
 */
import { oneLine, splitLines } from './text.js';

/** The mark of a placeholder; a line that holds it is one. */
export const PLACEHOLDER_MARK = 'TODO(doi):';

/** A line of a file that is still to be written. */
export interface Placeholder {
  readonly line: number;
  /** What belongs in its place: the text after the mark. */
  readonly text: string;
}

export interface Filled {
  /** The text with an empty line for each placeholder, so that all lines keep their numbers. */
  readonly text: string;
  readonly placeholders: readonly Placeholder[];
}

/** A text without its placeholders. @param firstLine the number that the text's first line has in its file */
export function withoutPlaceholders(text: string, firstLine = 1): Filled {
  if (!text.includes(PLACEHOLDER_MARK)) return { text, placeholders: [] };
  const placeholders: Placeholder[] = [];
  const lines = splitLines(text).map((line, index) => {
    const at = line.indexOf(PLACEHOLDER_MARK);
    if (at === -1) return line;
    const what = oneLine(line.slice(at + PLACEHOLDER_MARK.length, at + 1_000), 200).trim();
    placeholders.push({ line: firstLine + index, text: what });
    return '';
  });
  return { text: lines.join('\n'), placeholders };
}

/** Lines of a file, from the first one to before the last one. */
export interface Stretch {
  readonly from: number;
  readonly to: number;
}

/** A file by its lines, as {@link isUnfilled} reads it. */
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
const RULE = /^ {0,3}(?:=+|-+|\*{3,}|_{3,})\s*$/;

/** Whether a stretch holds a placeholder, and besides nothing that a person wrote: headings, empty lines, lines of the template. */
export function isUnfilled(
  { lines, marked, headings, template }: FilledLines,
  { from, to }: Stretch,
): boolean {
  let hasPlaceholder = false;
  for (let at = from; at < to && at <= lines.length; at += 1) {
    const line = lines[at - 1] ?? '';
    if (marked.has(at)) hasPlaceholder = true;
    else if (line.trim() !== '' && !headings.has(at) && !RULE.test(line) && !template.includes(line.trim()))
      return false;
  }
  return hasPlaceholder;
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

/** What to do about placeholders, as a clause. */
export const FILL_IN = `replace each line that holds \`${PLACEHOLDER_MARK}\` by what it asks for, or delete it`;
