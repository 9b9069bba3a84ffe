/** Makes what a program printed fit to store and to show: clean, bounded, and without credentials. */
import { cleanText, MAX_TEXT } from '../../domain/clean-text.js';
import { hideSecrets } from '../../domain/hide-secrets.js';
import type { Output } from './collect-output.js';

const EXCERPT = 300;
// More than is kept, so that a cut cannot part a secret from the sign that it is one; less of each of many texts.
const LOOKED_AT = 16_384;
const MORE = 1_500;

/** Text of a program, cut to a length. */
export function printable(text: string, maxLength: number = MAX_TEXT): string {
  return cleanText(scrub(text.slice(0, maxLength + MORE)), maxLength);
}

/** The head and the tail of both streams, behind a sentence that says what happened. */
export function describePrinted(
  found: string,
  { stdout, stderr }: { readonly stdout: Output; readonly stderr: Output },
): string {
  const printed = [excerpt('Standard output', stdout), excerpt('Standard error', stderr)];
  return [found, ...printed].filter(Boolean).join(' ');
}

function excerpt(name: string, { head, tail }: Output): string {
  const text = head.trim();
  if (text === '') return '';
  // All of a short output is in its head, whose own end is the tail then.
  const isShort = tail === '' && text.length <= LOOKED_AT;
  const start = scrub(text.slice(0, LOOKED_AT));
  const rest = isShort ? start.slice(EXCERPT) : scrub((tail || text).trim().slice(-LOOKED_AT));
  const end = cleanText(rest.slice(-EXCERPT), EXCERPT);
  return end === ''
    ? `${name}: ${cleanText(start, EXCERPT)}`
    : `${name}, cut: ${cleanText(start, EXCERPT)} … ${end}`;
}

/** Cleaned first: a control character in a secret would hide it from the scrubber, and not from a reader. */
function scrub(text: string): string {
  return hideSecrets(cleanText(text, text.length));
}
