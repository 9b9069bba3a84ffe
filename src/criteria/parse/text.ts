/** Lines of texts with any line ending. */
import { cleanText } from '../../domain/text.js';

/** The lines of a text, whichever line ending it has. */
export function splitLines(text: string): string[] {
  // Several times as fast as splitting by a regular expression, which tells on megabytes of short lines.
  return endLinesAlike(text).split('\n');
}

/** The text with each of its lines ended by LF. */
export function endLinesAlike(text: string): string {
  return text.includes('\r') ? text.replace(/\r\n?/g, '\n') : text;
}

/* Makes text of a repository fit to stand within a sentence: clean, on one line, cut short. */

/** Longest piece of a repository's own text that is quoted, unless told otherwise. */
const MAX_QUOTE = 80;

/** Clean text with its line breaks and tabs made spaces. */
export function oneLine(text: string, maxLength?: number): string {
  return cleanText(text, maxLength).replace(/[\n\t\u2028\u2029]/g, ' ');
}

/** A repository's text on one line and cut short. A final full stop is left off, since the sentence has its own. */
export function quote(text: string, maxLength: number = MAX_QUOTE): string {
  const line = oneLine(text, maxLength).trim();
  return line.endsWith('.') ? line.slice(0, -1) : line;
}
