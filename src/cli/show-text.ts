/** Makes text from outside fit for a terminal. */
import { cleanText } from '../domain/clean-text.js';

/** Clean text on one line: no control character, and so no escape sequence, is left. */
export function showText(text: string, maxLength?: number): string {
  return cleanText(text, maxLength).replace(/[\n\t\u2028\u2029]/g, ' ');
}

// What JSON leaves as it is although terminals act on it, or readers are misled by it.
const UNSAFE = /[\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/g;

/** JSON for people and programs: indented, and escaped wherever a terminal would act on a character. */
export function showJson(value: unknown): string {
  const escaped = (char: string) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`;
  return `${JSON.stringify(value, null, 2).replace(UNSAFE, escaped)}\n`;
}
