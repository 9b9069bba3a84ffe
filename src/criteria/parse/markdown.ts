/** Reads the headings, paragraphs, fenced blocks and HTML of a Markdown text, by the rules of CommonMark. */
import MarkdownIt from 'markdown-it';

/** A heading at the top level of the text, in no list, quotation or HTML block. */
export interface Heading {
  readonly level: number;
  /** With each run of white space as one space, and without HTML comments. */
  readonly title: string;
  /** The number of the heading's first line. */
  readonly line: number;
  /** All paragraphs up to the next heading, those in lists and quotations too. */
  readonly paragraphs: readonly Block[];
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

/** A piece of text that holds no other: `code` is fenced or indented, `html` a block of HTML, such as a comment. */
export interface Block {
  readonly kind: 'paragraph' | 'heading' | 'code' | 'html';
  /** The number of the first line of its content. */
  readonly line: number;
  /** Its lines, without the markers of the lists and quotations around it. */
  readonly content: string;
  /** Of a fenced block. */
  readonly info?: string;
}

export interface Markdown {
  readonly headings: readonly Heading[];
  readonly fences: readonly Fence[];
  /** In the order of their lines. */
  readonly blocks: readonly Block[];
}

// Blocks only, since no criterion reads emphasis, links or the like within a line.
const parser = new MarkdownIt('commonmark');
parser.core.ruler.enableOnly(['normalize', 'block']);

/** @param firstLine the number that the text's first line has in its file */
export function readMarkdown(text: string, firstLine = 1): Markdown {
  const headings: (Heading & { paragraphs: Block[] })[] = [];
  const fences: Fence[] = [];
  const blocks: Block[] = [];
  const tokens = parser.parse(text, {});
  for (const [index, { type, tag, level, map, info, content }] of tokens.entries()) {
    const line = firstLine + (map?.[0] ?? 0);
    if (type === 'fence') {
      fences.push({ info: info.trim(), line, text: content.replace(/\n$/, '') });
      blocks.push({ kind: 'code', line: line + 1, content, info: info.trim() });
    } else if (type === 'code_block') {
      blocks.push({ kind: 'code', line, content });
    } else if (type === 'html_block') {
      blocks.push({ kind: 'html', line, content });
    } else if (type === 'heading_open' && level === 0) {
      const title = plainTitle(tokens[index + 1]?.content ?? '');
      headings.push({ level: Number(tag.slice(1)), title, line, paragraphs: [] });
    } else if (type === 'inline') {
      const isParagraph = tokens[index - 1]?.type === 'paragraph_open';
      const block: Block = { kind: isParagraph ? 'paragraph' : 'heading', line, content };
      blocks.push(block);
      if (isParagraph) headings.at(-1)?.paragraphs.push(block);
    }
  }
  return { headings, fences, blocks };
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
