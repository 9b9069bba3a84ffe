/** Makes what a program printed fit to store and to show: clean, bounded, and without credentials. */
import { cleanText } from '../../domain/clean-text.js';
import type { Output } from './collect-output.js';

const EXCERPT = 300;
// Far more than is kept, so that a cut cannot part a password from the sign that ends it.
const LOOKED_AT = 16_384;
// What a program prints may hold the address of a remote: its user and password, and tokens among its parameters.
const USER_INFO = /:\/\/[^\s/]*@/g;
const SECRET = /([?&][\w.-]{0,40}(?:token|secret|password|key)[\w.-]{0,40}=)[^\s&#'"]+/gi;

/** Text of a program, cut to a length. */
export function printable(text: string, maxLength?: number): string {
  return cleanText(withoutSecrets(text.slice(0, LOOKED_AT)), maxLength);
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
  const start = withoutSecrets(text.slice(0, LOOKED_AT));
  // All of a short output is in its head, whose own end is the tail then.
  const isShort = tail === '' && text.length <= LOOKED_AT;
  const rest = isShort ? start.slice(EXCERPT) : withoutSecrets((tail || text).trim().slice(-LOOKED_AT));
  const end = cleanText(rest.slice(-EXCERPT), EXCERPT);
  return end === ''
    ? `${name}: ${cleanText(start, EXCERPT)}`
    : `${name}, cut: ${cleanText(start, EXCERPT)} … ${end}`;
}

function withoutSecrets(text: string): string {
  return text.replace(USER_INFO, '://').replace(SECRET, '$1***');
}
