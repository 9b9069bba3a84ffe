/**
 * Finds the placeholders in a file of the repository: what is still to be written must not count as written. What is Markdown,
 * a comment or a fenced block is decided by the parser that judges the file.
 */
import { type FrontMatter, splitFrontMatter } from './front-matter.js';
import { type Block, type Markdown, readMarkdown } from './markdown.js';
import { oneLine, splitLines } from './text.js';

/** The mark of a placeholder: in Markdown a line that begins with it is one, in YAML a value, comment or line that does. */
export const PLACEHOLDER_MARK = 'TODO(doi):';

/**
 * What may stand before the mark: white space, markers of lists, headings, quotations, tables and comments, tags, emphasis,
 * quotation marks. A line that only speaks of the mark has words before it, or puts it alone between quotation marks.
 */
const BEGINNING =
  /^(?:[\s#>*+_~|`"'“”„‘’«»•·–—\u200b-\u200d\u2060-]|\/[/*]|<!--|<\/?[A-Za-z][^<>]{0,200}>|(?:\d{1,9}|[A-Za-z])[.)]\s|\[[ xX]\]\s)*/;
const QUOTED_ALONE = /^[`"'”’»]/;
/** In YAML: at the beginning of a line, a value or a comment. */
const IN_YAML = new RegExp(`(?:^|[:#,[{-])[\\s"']*${PLACEHOLDER_MARK.replace(/[()]/g, '\\$&')}`);

/** A line of a file that is still to be written. */
export interface Placeholder {
  readonly line: number;
  /** What belongs in its place: the text after the mark. */
  readonly text: string;
}

export interface FoundPlaceholders {
  /** The first ones, as many as were asked for. */
  readonly placeholders: readonly Placeholder[];
  /** How many there are in all. */
  readonly count: number;
  /** The lines of all of them: of a paragraph or comment, each line from the one with the mark on. */
  readonly covered: ReadonlySet<number>;
  /** The lines of those in code that is no YAML of ours: an example at most. */
  readonly examples: ReadonlySet<number>;
}

/** A Markdown file that may have front matter. */
export interface ParsedFile {
  readonly front: FrontMatter;
  readonly markdown: Markdown;
}

export function parseFile(text: string): ParsedFile {
  const front = splitFrontMatter(text);
  return { front, markdown: front.found ? readMarkdown(front.body, front.bodyLine) : readMarkdown(text) };
}

/** The placeholders of a Markdown file. @param limit how many are collected */
export function findPlaceholders(
  { front, markdown }: ParsedFile,
  limit: number = Number.POSITIVE_INFINITY,
): FoundPlaceholders {
  const finder = new Finder(limit);
  if (front.found) finder.readYaml(front.yaml, front.yamlLine);
  for (const block of markdown.blocks) finder.readBlock(block);
  return finder;
}

/** The placeholders of a YAML file. */
export function findYamlPlaceholders(
  text: string,
  limit: number = Number.POSITIVE_INFINITY,
): FoundPlaceholders {
  const finder = new Finder(limit);
  finder.readYaml(text, 1);
  return finder;
}

/** The kinds of fenced blocks that are read as YAML. */
const YAML_BLOCKS: ReadonlySet<string | undefined> = new Set(['task', 'capability']);

class Finder implements FoundPlaceholders {
  readonly placeholders: Placeholder[] = [];
  readonly covered = new Set<number>();
  readonly examples = new Set<number>();
  count = 0;
  readonly #limit: number;

  constructor(limit: number) {
    this.#limit = limit;
  }

  readYaml(yaml: string, firstLine: number): void {
    if (!yaml.includes(PLACEHOLDER_MARK)) return;
    for (const [at, line] of splitLines(yaml).entries()) {
      const [found] = IN_YAML.exec(line) ?? [];
      if (found !== undefined) this.#add(firstLine + at, line.slice(line.indexOf(found) + found.length));
    }
  }

  readBlock({ kind, line: first, content, info }: Block): void {
    if (!content.includes(PLACEHOLDER_MARK)) return;
    if (YAML_BLOCKS.has(info)) {
      this.readYaml(content, first);
      return;
    }
    let isInComment = false;
    let isInPlaceholder = false;
    for (const [at, line] of content.split('\n').entries()) {
      const mark = markOf(line);
      const isCovered: boolean = isInPlaceholder;
      if (mark !== undefined) {
        this.#add(first + at, line.slice(mark + PLACEHOLDER_MARK.length));
        if (kind === 'code') this.examples.add(first + at);
      } else if (isCovered) this.covered.add(first + at);
      isInComment =
        line.lastIndexOf('<!--') > line.lastIndexOf('-->') || (isInComment && !line.includes('-->'));
      // The rest of a paragraph belongs to its placeholder, that of a comment too; the next line of code does not.
      const goesOn = kind === 'html' ? isInComment : kind !== 'code';
      isInPlaceholder = goesOn && (isCovered || mark !== undefined);
    }
  }

  /** @param what what belongs in its place */
  #add(line: number, what: string): void {
    this.covered.add(line);
    this.count += 1;
    if (this.placeholders.length >= this.#limit) return;
    this.placeholders.push({ line, text: oneLine(what.slice(0, 1_000), 200).trim() });
  }
}

/** Where the mark is in a line that begins with it. */
function markOf(line: string): number | undefined {
  if (!line.includes(PLACEHOLDER_MARK)) return undefined;
  const at = BEGINNING.exec(line)?.[0].length ?? 0;
  if (!line.startsWith(PLACEHOLDER_MARK, at)) return undefined;
  return QUOTED_ALONE.test(line.slice(at + PLACEHOLDER_MARK.length)) ? undefined : at;
}

/** A text without its lines that are placeholders, in whose place empty ones stay. */
export function withoutPlaceholders(
  text: string,
  firstLine: number,
  { covered }: Pick<FoundPlaceholders, 'covered'>,
): string {
  if (covered.size === 0) return text;
  return splitLines(text)
    .map((line, at) => (covered.has(firstLine + at) ? '' : line))
    .join('\n');
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
