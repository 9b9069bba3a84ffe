/** Reads the headings, the paragraphs below them and the fenced blocks of a Markdown text, by the rules of CommonMark. */
import MarkdownIt from 'markdown-it';

/** A heading at the top level of the text, in no list, quotation or HTML block. */
export interface Heading {
  readonly level: number;
  /** With each run of white space as one space, and without HTML comments. */
  readonly title: string;
  /** The number of the heading's first line. */
  readonly line: number;
  /** The lines of all paragraphs up to the next heading, those in lists and quotations too. */
  readonly lines: readonly string[];
}

/** A fenced block, in a list or a quotation too. One without a closing fence runs to the end of the list, quotation or text. */
export interface Fence {
  /** The text after the opening fence, trimmed. */
  readonly info: string;
  /** The number of the opening fence's line; the content starts on the next. */
  readonly line: number;
  /** Without the indentation of the list or quotation around it. */
  readonly text: string;
}

export interface Markdown {
  readonly headings: readonly Heading[];
  readonly fences: readonly Fence[];
}

// Blocks only, since no criterion reads emphasis, links or the like within a line.
const parser = new MarkdownIt('commonmark');
parser.core.ruler.enableOnly(['normalize', 'block']);

/** @param firstLine the number that the text's first line has in its file */
export function readMarkdown(text: string, firstLine = 1): Markdown {
  const headings: (Heading & { lines: string[] })[] = [];
  const fences: Fence[] = [];
  const tokens = parser.parse(text, {});
  for (const [index, { type, tag, level, map, info, content }] of tokens.entries()) {
    const line = firstLine + (map?.[0] ?? 0);
    if (type === 'fence') {
      fences.push({ info: info.trim(), line, text: content.replace(/\n$/, '') });
    } else if (type === 'heading_open' && level === 0) {
      const title = plainTitle(tokens[index + 1]?.content ?? '');
      headings.push({ level: Number(tag.slice(1)), title, line, lines: [] });
    } else if (type === 'inline' && tokens[index - 1]?.type === 'paragraph_open') {
      headings.at(-1)?.lines.push(...content.split('\n'));
    }
  }
  return { headings, fences };
}

function plainTitle(text: string): string {
  return withoutComments(text).replace(/\s+/g, ' ').trim();
}

/** A text without its HTML comments that end; each of their lines stays, empty. */
export function withoutComments(text: string): string {
  const parts = text.split('<!--').map((part, index) => {
    const end = part.indexOf('-->');
    if (index === 0) return part;
    return end === -1 ? `<!--${part}` : part.slice(0, end).replace(/[^\n]+/g, '') + part.slice(end + 3);
  });
  return parts.join(' ');
}
