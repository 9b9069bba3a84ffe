/** Makes text from outside safe to store and to show. */

/** The longest detail, message or finding, in UTF-16 units. */
export const MAX_TEXT = 500;

// C0 but tab and line feed, DEL, C1: terminals act on them, and PostgreSQL refuses NUL.
const CONTROLS = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g;
// Bidirectional controls reorder what a person sees.
const BIDI = /[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/g;

/** Removes control characters, replaces bidirectional controls and lone surrogates, and limits the length. */
export function cleanText(text: string, maxLength: number = MAX_TEXT): string {
  // Cut first, so that the work is limited.
  const cut = text.length > maxLength * 2 ? text.slice(0, maxLength * 2) : text;
  const clean = cut.toWellFormed().replace(CONTROLS, '').replace(BIDI, '\ufffd');
  return clean.length > maxLength ? `${clean.slice(0, maxLength - 1).toWellFormed()}…` : clean;
}

/** A number with its noun, such as `1 repository` and `2 repositories`. */
export function count(number: number, one: string, many = `${one}s`): string {
  return `${number.toLocaleString('en')} ${number === 1 ? one : many}`;
}

export function capitalise(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/** Writes a text as one word of a command that a person copies into a shell. */
export function quoteForShell(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}
