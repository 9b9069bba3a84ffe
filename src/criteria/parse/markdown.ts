/** Finds the headings, the paragraphs below them and the fenced blocks of a Markdown text, by CommonMark. */
import MarkdownIt from 'markdown-it';

/** A heading at the top level of the text, in no list, quotation or HTML block. */
export interface Heading {
  readonly level: number;
  /** With white space folded, and without HTML comments. */
  readonly title: string;
  /** The number of the heading's first line. */
  readonly line: number;
  /** The lines of all paragraphs from here to the next heading, those in lists and quotations too. */
  readonly lines: readonly string[];
}

/** A fenced block, also in a list or a quotation. A block without an end runs to the end of its container. */
export interface Fence {
  /** The text after the opening fence, trimmed. */
  readonly info: string;
  /** The number of the opening fence's line; the content starts on the next. */
  readonly line: number;
  /** Without the indentation of its container. */
  readonly text: string;
}

export interface Markdown {
  readonly headings: readonly Heading[];
  readonly fences: readonly Fence[];
}

// Only blocks are parsed: no criterion depends on inline elements.
const parser = new MarkdownIt('commonmark');
parser.core.ruler.enableOnly(['normalize', 'block']);

/** @param firstLine the number of the text's first line in its file */
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
  const parts = text.split('<!--').map((part, index) => {
    const end = part.indexOf('-->');
    return index === 0 ? part : end === -1 ? `<!--${part}` : part.slice(end + 3);
  });
  return parts.join(' ').replace(/\s+/g, ' ').trim();
}
