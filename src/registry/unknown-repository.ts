/** The error for a slug that is not registered, with the one that was probably meant. */
import { DoiError } from '../domain/errors.js';
import { nearestSlug } from './nearest-slug.js';
import type { Statements } from './statements.js';

/**
 * Makes the error for the first of these slugs that has no row.
 * Locks: nothing. Index: none; it reads every slug, on the way of an error only.
 */
export async function unknownRepository(sql: Statements, slugs: readonly string[]): Promise<DoiError> {
  const rows = await sql<{ slug: string }[]>`select slug from managed_repos order by slug`;
  const known = rows.map(({ slug }) => slug);
  const unknown = slugs.find((slug) => !known.includes(slug)) ?? slugs[0] ?? '';
  return describeUnknown(unknown, known);
}

/** The error for a slug that is none of those known. */
export function describeUnknown(unknown: string, known: readonly string[]): DoiError {
  const near = nearestSlug(unknown, known);
  const found = `No repository is registered as ${JSON.stringify(unknown.slice(0, 120))}.`;
  const remedy =
    known.length === 0
      ? 'Nothing is registered yet: "doi register PATH" registers a checkout.'
      : near === undefined
        ? '"doi summary" lists what is registered.'
        : `Did you mean ${near}?`;
  return new DoiError('unknown_repository', found, remedy);
}
