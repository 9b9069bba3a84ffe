/** Makes text and values from outside safe to print, on a terminal and into files that people open. */
import { cleanText } from './text.js';

/** What a forge that runs builds takes for a command: the first two anywhere in a line, the third where a line begins. */
const COMMAND_MARKS = /##(?=\[|vso\[)|^(\s*):(?=:)/gi;
const ZERO_WIDTH = '\u200b';

/**
 * Text from outside, on one line and without control characters, so that no escape sequence reaches the terminal. A space
 * without width breaks what would be a command in the log of a build, wherever the log is.
 */
export function showText(text: string, maxLength?: number): string {
  const line = cleanText(text, maxLength).replace(/[\n\t\u2028\u2029]/g, ' ');
  return line.replace(COMMAND_MARKS, (mark) => mark + ZERO_WIDTH);
}

/** Characters that a terminal acts on, or by which a reader is misled, and that JSON and XML allow. */
export const MISLEADING = /[\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/g;

/** The first character of what a forge takes for a command anywhere in a line. */
export const COMMAND_START = /#(?=#\[|#vso\[)/gi;

/** JSON for people and programs: indented, and escaped wherever a terminal or a forge would act on a character. */
export function showJson(value: unknown): string {
  const escaped = (char: string) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`;
  return `${JSON.stringify(value, null, 2).replace(MISLEADING, escaped).replace(COMMAND_START, escaped)}\n`;
}
