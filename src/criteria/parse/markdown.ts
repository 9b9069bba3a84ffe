/** Scans Markdown line by line, in linear time, for level-2 sections and fenced blocks. */

/** A level-2 heading and the text below it, up to the next heading of level 1 or 2. */
export interface Section {
  readonly title: string;
  /** The number of the heading's line. */
  readonly line: number;
  /** The lines below it that are in no fenced block and in no HTML comment. */
  readonly lines: readonly string[];
}

/** A fenced block. One that is never closed runs to the end. */
export interface Fence {
  /** The text after the opening fence, trimmed. */
  readonly info: string;
  /** The number of the opening fence's line; the content starts on the next. */
  readonly line: number;
  readonly text: string;
  readonly closed: boolean;
}

export interface Markdown {
  readonly sections: readonly Section[];
  readonly fences: readonly Fence[];
}

interface OpenFence {
  readonly char: string;
  readonly length: number;
  readonly indent: number;
  readonly info: string;
  readonly line: number;
  readonly lines: string[];
}

// Without the rest of the line: a `.*$` behind it takes quadratic time on a marker that U+2028 follows.
const OPENING = /^( {0,3})(`{3,}|~{3,})/;
const CLOSING = /^ {0,3}(`+|~+)[ \t]*$/;
const COMMENT_START = /^ {0,3}<!--/;

/**
 * Scans Markdown for what CommonMark calls ATX headings of level 2, fenced code blocks and HTML comment blocks, at the
 * top level of the text. Blocks within lists or quotations, and headings made by underlining, are not looked for.
 * @param firstLine the number that the text's first line has in its file.
 */
export function scanMarkdown(text: string, firstLine = 1): Markdown {
  const sections: { title: string; line: number; lines: string[] }[] = [];
  const fences: Fence[] = [];
  let section: string[] | undefined;
  let fence: OpenFence | undefined;
  let inComment = false;
  for (const [index, line] of splitLines(text).entries()) {
    const number = firstLine + index;
    if (fence !== undefined) {
      if (closes(fence, line)) {
        fences.push(endFence(fence, true));
        fence = undefined;
      } else fence.lines.push(dropIndent(line, fence.indent));
      continue;
    }
    if (inComment || COMMENT_START.test(line)) {
      inComment = !line.includes('-->');
      continue;
    }
    fence = opens(line, number);
    if (fence !== undefined) continue;
    const heading = atxHeading(line);
    if (heading === undefined || heading.level > 2) {
      section?.push(line);
      continue;
    }
    section = undefined;
    if (heading.level === 2) {
      section = [];
      sections.push({ title: heading.title, line: number, lines: section });
    }
  }
  if (fence !== undefined) fences.push(endFence(fence, false));
  return { sections, fences };
}

/** The lines of a text, whichever line ending it has. */
export function splitLines(text: string): string[] {
  // Several times as fast as splitting by a regular expression, which tells on megabytes of short lines.
  return endLinesAlike(text).split('\n');
}

/** The text with each of its lines ended by LF. */
export function endLinesAlike(text: string): string {
  return text.includes('\r') ? text.replace(/\r\n?/g, '\n') : text;
}

function opens(line: string, number: number): OpenFence | undefined {
  const [opening = '', indent = '', marker = ''] = OPENING.exec(line) ?? [];
  const char = marker.charAt(0);
  const rest = line.slice(opening.length);
  // With a backtick further on it is a line of text that starts with inline code.
  if (char === '' || (char === '`' && rest.includes('`'))) return undefined;
  const info = rest.trim();
  return { char, length: marker.length, indent: indent.length, info, line: number, lines: [] };
}

function closes(fence: OpenFence, line: string): boolean {
  const marker = CLOSING.exec(line)?.[1];
  return marker !== undefined && marker.charAt(0) === fence.char && marker.length >= fence.length;
}

function endFence({ info, line, lines }: OpenFence, closed: boolean): Fence {
  return { info, line, text: lines.join('\n'), closed };
}

function dropIndent(line: string, indent: number): string {
  let start = 0;
  while (start < indent && line[start] === ' ') start += 1;
  return line.slice(start);
}

function atxHeading(line: string): { level: number; title: string } | undefined {
  const marker = /^ {0,3}(#{1,6})(?=[ \t]|$)/.exec(line);
  if (marker === null) return undefined;
  const title = line.slice(marker[0].length).trim();
  return { level: marker[1]?.length ?? 0, title: dropClosingHashes(title) };
}

// `## Title ##` is `Title`, but `## C#` is `C#`.
function dropClosingHashes(title: string): string {
  let end = title.length;
  while (end > 0 && title[end - 1] === '#') end -= 1;
  if (end === title.length) return title;
  const before = title[end - 1];
  return before === undefined || before === ' ' || before === '\t' ? title.slice(0, end).trim() : title;
}
