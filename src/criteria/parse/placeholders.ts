/**
 * Finds the placeholders in a file of the repository, and removes their lines before the file is judged: what is still to be
 * written must not count as written.
 */
import { splitFrontMatter } from './front-matter.js';
import { withoutComments } from './markdown.js';
import { oneLine, splitLines } from './text.js';

/** The mark of a placeholder: in Markdown a line that begins with it is one, in YAML a line that holds it. */
export const PLACEHOLDER_MARK = 'TODO(doi):';

/**
 * What may stand before the mark: white space, markers of lists, headings, quotations, tables and comments, tags, emphasis,
 * quotation marks. A line that only speaks of the mark has words before it.
 */
const BEGINNING =
  /^(?:[\s#>*+_~|`"'“”„‘’«»•·–—\u200b-\u200d\u2060-]|\/[/*]|<!--|<\/?[A-Za-z][^<>]{0,200}>|(?:\d{1,9}|[A-Za-z])[.)]\s|\[[ xX]\]\s)*/;

/** A line of a file that is still to be written. */
export interface Placeholder {
  readonly line: number;
  /** What belongs in its place: the text after the mark. */
  readonly text: string;
}

export interface Filled {
  /** The text without the words of its placeholders, so that all lines keep their numbers. */
  readonly text: string;
  /** The first ones, as many as were asked for. */
  readonly placeholders: readonly Placeholder[];
  /** How many there are in all. */
  readonly count: number;
  /** The lines of all of them: of a paragraph or comment that begins as one, each line. */
  readonly covered: ReadonlySet<number>;
}

export interface PlaceholderOptions {
  /** How many are collected, for a caller that lists those of many files. */
  readonly limit?: number;
  /** Whether the text is YAML as a whole, instead of Markdown with YAML in its front matter and blocks. */
  readonly isYaml?: boolean;
}

/** A text without its placeholders. */
export function withoutPlaceholders(
  text: string,
  { limit = Number.POSITIVE_INFINITY, isYaml = false }: PlaceholderOptions = {},
): Filled {
  const covered = new Set<number>();
  if (!text.includes(PLACEHOLDER_MARK)) return { text, placeholders: [], count: 0, covered };
  const placeholders: Placeholder[] = [];
  let count = 0;
  const reader = new LineReader(isYaml ? Number.POSITIVE_INFINITY : yamlEnd(text));
  const lines = splitLines(text).map((line, index) => {
    const found = reader.read(line, index + 1);
    if (found === undefined) return line;
    covered.add(index + 1);
    if (found.mark === undefined) return found.kept;
    count += 1;
    if (placeholders.length < limit) {
      const what = line.slice(found.mark + PLACEHOLDER_MARK.length, found.mark + 1_000);
      placeholders.push({ line: index + 1, text: oneLine(what, 200).trim() });
    }
    return found.kept;
  });
  return { text: count === 0 ? text : lines.join('\n'), placeholders, count, covered };
}

/** The number of the first line after the front matter. */
function yamlEnd(text: string): number {
  const front = splitFrontMatter(text);
  return front.found ? front.bodyLine : 1;
}

/** A line of a placeholder. */
interface PlaceholderLine {
  /** Where the mark is; undefined in a line that continues the paragraph or comment of the one above. */
  readonly mark?: number;
  /** What must stay of the line, so that everything below it is read as before. */
  readonly kept: string;
}

/** The quotations and list items that a line stands in. */
const CONTAINERS = /^(?:[\s>]|[-+*]\s|\d{1,9}[.)]\s)*/;
const FENCE = /^(?:(`{3,})([^`]*)|(~{3,})(.*))$/;
/** The ends of HTML blocks that reach over empty lines. */
const ENDS = /-->|\?>|\]\]>|<\/(?:script|pre|style|textarea)>/gi;
/** What may begin a block, and so never continues a paragraph; or an empty line. */
const BLOCK = /^\s*(?:$|[>|<]|#{1,6}(?:\s|$)|(?:[-+*]|\d{1,9}[.)])(?:\s|$)|`{3}|~{3}|[=_*-]+\s*$)/;
const YAML_BLOCKS = ['task', 'capability'];

/** Reads a file line by line, and keeps in mind where it is: in YAML, a fenced block, a comment, a placeholder's paragraph. */
class LineReader {
  readonly #yamlEnd: number;
  #fence: { readonly marker: string; readonly isYaml: boolean } | undefined;
  #isInComment = false;
  #isInPlaceholder = false;

  /** @param yamlEnd the number of the first line that is not YAML */
  constructor(yamlEnd: number) {
    this.#yamlEnd = yamlEnd;
  }

  /** @returns undefined for a line that is none of a placeholder */
  read(line: string, number: number): PlaceholderLine | undefined {
    if (number < this.#yamlEnd) return within(line, true);
    if (this.#fence !== undefined) {
      const { marker, isYaml } = this.#fence;
      const end = line.replace(/^[\s>]+/, '').trimEnd();
      if (end.startsWith(marker) && end === end.charAt(0).repeat(end.length)) this.#fence = undefined;
      return within(line, isYaml);
    }
    return this.#readText(line);
  }

  #readText(line: string): PlaceholderLine | undefined {
    const wasInComment = this.#isInComment;
    const containers = wasInComment ? '' : (CONTAINERS.exec(line)?.[0] ?? '');
    const rest = line.slice(containers.length);
    const isComment = wasInComment || /^ {0,3}<!--/.test(line);
    const fence = isComment ? null : FENCE.exec(rest);
    const mark = markOf(line);
    const isPlaceholder =
      mark !== undefined || (this.#isInPlaceholder && (wasInComment || !BLOCK.test(line)));
    this.#isInComment = isComment && !line.includes('-->');
    this.#isInPlaceholder = isPlaceholder && fence === null && isComment === this.#isInComment;
    const marker = fence?.[1] ?? fence?.[3] ?? '';
    const info = fence?.[2] ?? fence?.[4] ?? '';
    if (fence !== null) this.#fence = { marker, isYaml: YAML_BLOCKS.includes(info.trim()) };
    if (!isPlaceholder) return undefined;
    const begun = rest.startsWith('<!--') && !wasInComment ? '<!--' : marker;
    // A list item or a quotation that became empty would end at the next empty line.
    const filler = begun === '' && containers.trim() !== '' ? '<!-- -->' : '';
    const ends = fence === null ? (rest.match(ENDS) ?? []).join('') : '';
    const kept = `${containers}${begun}${filler}${ends}`.trimEnd();
    return mark === undefined ? { kept } : { mark, kept };
  }
}

/** A placeholder within front matter or a fenced block, of which nothing has to stay. */
function within(line: string, isYaml: boolean): PlaceholderLine | undefined {
  const mark = isYaml ? line.indexOf(PLACEHOLDER_MARK) : (markOf(line) ?? -1);
  return mark === -1 ? undefined : { mark, kept: '' };
}

/** Where the mark is in a line that begins with it. */
function markOf(line: string): number | undefined {
  if (!line.includes(PLACEHOLDER_MARK)) return undefined;
  const at = BEGINNING.exec(line)?.[0].length ?? 0;
  return line.startsWith(PLACEHOLDER_MARK, at) ? at : undefined;
}

/** Lines of a file, from the first one to before the last one. */
export interface Stretch {
  readonly from: number;
  readonly to: number;
}

/** A file by its lines, as {@link isUnwritten} reads it. */
export interface FilledLines {
  /** Without comments, and without the text of the template. */
  readonly lines: readonly string[];
  /** The lines with the mark of a placeholder. */
  readonly marked: ReadonlySet<number>;
  readonly covered: ReadonlySet<number>;
  /** The first lines of headings. */
  readonly headings: ReadonlySet<number>;
}

/**
 * Splits a file once, however many stretches of it are judged.
 * @param template matches what a template has besides placeholders
 */
export function linesOf(
  { text, placeholders, covered }: Filled,
  headings: readonly { readonly line: number }[],
  template?: RegExp,
): FilledLines {
  const plain = withoutComments(text);
  const own = template === undefined ? plain : plain.replace(template, (part) => part.replace(/[^\n]+/g, ''));
  return {
    lines: splitLines(own),
    marked: new Set(placeholders.map(({ line }) => line)),
    covered,
    headings: new Set(headings.map(({ line }) => line)),
  };
}

/** The underline of a heading, a line between parts, or the beginning or end of a fenced block. */
const RULE = /^(?:=+|-+|\*{3,}|_{3,}|`{3,}[^`]*|~{3,}.*)$/;

/** Whether a stretch holds a placeholder, and besides nothing that a person wrote. */
export function isUnfilled(file: FilledLines, stretch: Stretch): boolean {
  if (!isUnwritten(file, stretch)) return false;
  for (let at = stretch.from; at < stretch.to && at <= file.lines.length; at += 1)
    if (file.marked.has(at)) return true;
  return false;
}

/** Whether a stretch holds nothing that a person wrote: placeholders, headings, comments, empty lines, the template's text. */
export function isUnwritten({ lines, headings, covered }: FilledLines, { from, to }: Stretch): boolean {
  for (let at = from; at < to && at <= lines.length; at += 1) {
    const line = (lines[at - 1] ?? '').trim();
    if (line !== '' && !headings.has(at) && !covered.has(at) && !RULE.test(line)) return false;
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
export const FILL_IN = `replace each line with \`${PLACEHOLDER_MARK}\` by what it asks for`;
