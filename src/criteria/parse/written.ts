/** Finds what a person wrote in a Markdown file, as opposed to placeholders, headings, comments and the text of a template. */
import { withoutComments } from './markdown.js';
import type { FoundPlaceholders, ParsedFile } from './placeholders.js';

/** Lines of a file, from the first one to before the last one. */
export interface Stretch {
  readonly from: number;
  readonly to: number;
}

/**
 * The lines that a person wrote.
 * @param isTemplate whether a paragraph is one that a template has besides placeholders
 */
export function writtenLines(
  { front, markdown }: ParsedFile,
  { covered }: Pick<FoundPlaceholders, 'covered'>,
  isTemplate: (paragraph: string) => boolean = () => false,
): ReadonlySet<number> {
  const written = new Set<number>();
  const add = (text: string, first: number) => {
    for (const [at, line] of text.split('\n').entries())
      if (line.trim() !== '' && !covered.has(first + at)) written.add(first + at);
  };
  if (front.found) add(front.yaml, front.yamlLine);
  for (const { kind, line, content } of markdown.blocks) {
    if (kind === 'heading' || (kind === 'paragraph' && isTemplate(content))) continue;
    add(kind === 'code' ? content : withoutComments(content), line);
  }
  return written;
}

/** Whether one of the lines is in a stretch. */
export function holdsAny(lines: ReadonlySet<number>, { from, to }: Stretch): boolean {
  for (let at = from; at < to; at += 1) if (lines.has(at)) return true;
  return false;
}
