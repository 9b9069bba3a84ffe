/** Makes text and values from outside safe to print, on a terminal and into files that people open. */
import { cleanText } from './text.js';

/** Text from outside, on one line and without control characters, so that no escape sequence reaches the terminal. */
export function showText(text: string, maxLength?: number): string {
  return cleanText(text, maxLength).replace(/[\n\t\u2028\u2029]/g, ' ');
}

/** Characters that a terminal acts on, or by which a reader is misled, and that JSON and XML allow. */
export const MISLEADING = /[\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/g;

/** JSON for people and programs: indented, and escaped wherever a terminal would act on a character. */
export function showJson(value: unknown): string {
  const escaped = (char: string) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`;
  return `${JSON.stringify(value, null, 2).replace(MISLEADING, escaped)}\n`;
}
