/** The form of slugs, and how a slug is made from a folder's name. */
import { DoiError } from '../domain/errors.js';

/** The form of a repository's slug. */
export const SLUG_PATTERN: RegExp = /^[a-z0-9][a-z0-9._-]{0,99}$/;

const MAX_LENGTH = 100;
// `/repos/doi/summary` is a route, so no client could request a repository of that slug.
const RESERVED: ReadonlySet<string> = new Set(['doi']);
const FALLBACK = 'repository';

/** Whether a text may be a repository's slug. */
export function isSlug(text: string): boolean {
  return SLUG_PATTERN.test(text) && !RESERVED.has(text);
}

/** Returns the given slug. @throws {DoiError} `bad_slug`, with a valid one */
export function requireSlug(text: string): string {
  if (isSlug(text)) return text;
  const why = RESERVED.has(text) ? 'is reserved' : 'is not a slug';
  const rule = 'A slug is 1 to 100 of a-z, 0-9, ".", "_" and "-", and starts with a letter or a digit';
  throw new DoiError(
    'bad_slug',
    `${JSON.stringify(text.slice(0, 120))} ${why}.`,
    `${rule}: ${makeSlug(text)}.`,
  );
}

/** Returns the given slug of a domain. @throws {DoiError} `bad_slug` */
export function requireDomainSlug(text: string): string {
  if (SLUG_PATTERN.test(text) && text.length <= 50) return text;
  const remedy = 'A domain has 1 to 50 of a-z, 0-9, ".", "_" and "-", and starts with a letter or a digit.';
  throw new DoiError(
    'bad_slug',
    `${JSON.stringify(text.slice(0, 120))} is not the slug of a domain.`,
    remedy,
  );
}

/** Makes a slug from any text; a valid slug stays unchanged. */
export function makeSlug(text: string): string {
  if (isSlug(text)) return text;
  const ascii = text
    .slice(0, 4 * MAX_LENGTH)
    .normalize('NFKD')
    .toLowerCase();
  const slug = ascii
    // NFKD separates accents from their letters; they would otherwise become hyphens within the word.
    .replace(/[\u0300-\u036f]/g, '')
    .replace(/[^a-z0-9._-]+/g, '-')
    .replace(/^[^a-z0-9]+/, '')
    .slice(0, MAX_LENGTH);
  const trimmed = trimEnd(slug);
  if (trimmed === '') return FALLBACK;
  return RESERVED.has(trimmed) ? `${trimmed}-${FALLBACK}` : trimmed;
}

/** Generates the slugs to try for a folder, best first: its name, `<parent>-<name>`, then that with a number. Never ends. */
export function* slugCandidates(name: string, parent: string): Generator<string, never> {
  const own = makeSlug(name);
  yield own;
  const parentSlug = /[\p{L}\p{N}]/u.test(parent) ? makeSlug(parent) : undefined;
  const base = parentSlug === undefined ? own : makeSlug(`${parentSlug.slice(0, 49)}-${own}`);
  if (base !== own) yield base;
  for (let number = 2; ; number += 1) {
    const suffix = `-${number}`;
    yield `${base.slice(0, MAX_LENGTH - suffix.length)}${suffix}`;
  }
}

// A regular expression anchored at the end alone is quadratic on long runs.
function trimEnd(slug: string): string {
  let end = slug.length;
  while (end > 0 && '.-_'.includes(slug.charAt(end - 1))) end -= 1;
  return slug.slice(0, end);
}
