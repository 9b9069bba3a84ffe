/** Splits texts with any line ending, and shortens text of a repository for a sentence. */
import { cleanText } from '../../domain/text.js';

/** The lines of a text, for any line ending. */
export function splitLines(text: string): string[] {
  // Several times as fast as splitting by a regular expression, which matters for megabytes of short lines.
  return endLinesAlike(text).split('\n');
}

/** The text with each of its lines ended by LF. */
export function endLinesAlike(text: string): string {
  return text.includes('\r') ? text.replace(/\r\n?/g, '\n') : text;
}

/* Makes text of a repository fit to stand within a sentence: clean, on one line, cut short. */

/** The longest quote of a repository's text, by default. */
const MAX_QUOTE = 80;

/** Clean text, with spaces instead of line breaks and tabs. */
export function oneLine(text: string, maxLength?: number): string {
  return cleanText(text, maxLength).replace(/[\n\t\u2028\u2029]/g, ' ');
}

/** A repository's text on one line, shortened, and without a final full stop, because the sentence has its own. */
export function quote(text: string, maxLength: number = MAX_QUOTE): string {
  const line = oneLine(text, maxLength).trim();
  return line.endsWith('.') ? line.slice(0, -1) : line;
}
