/** The error for a slug that is not registered, with the one that was probably meant. */
import { DoiError } from '../domain/errors.js';
import { LONGEST_ASKED, MOST_EDITS, nearestSlug, SHORTEST_PART } from './nearest-slug.js';
import type { Statements } from './statements.js';

/** How many slugs are compared: whoever asks for what is not there must not keep the process busy. */
const MOST_COMPARED = 1000;

/**
 * Makes the error for the first of these slugs that has no row.
 * Locks: nothing. Index: that of `slug` for those given; for those like them none, on the way of an error only.
 */
export async function unknownRepository(sql: Statements, slugs: readonly string[]): Promise<DoiError> {
  const rows = await sql<{ slug: string }[]>`
    select slug from managed_repos where slug = any(${[...slugs]}::text[])`;
  const given = new Set(rows.map(({ slug }) => slug));
  const unknown = slugs.find((slug) => !given.has(slug)) ?? slugs[0] ?? '';
  return describeUnknown(unknown, await readAlike(sql, unknown));
}

/** Slugs that may be near to one; where none is, any, to tell that something is registered. */
async function readAlike(sql: Statements, asked: string): Promise<string[]> {
  const compared = asked.slice(0, LONGEST_ASKED);
  const rows = await sql<{ slug: string }[]>`
    (select slug from managed_repos
      where length(slug) between ${compared.length - MOST_EDITS}::int and ${compared.length + MOST_EDITS}::int
      order by slug limit ${MOST_COMPARED})
    union
    (select slug from managed_repos
      where length(slug) between ${SHORTEST_PART}::int and ${3 * compared.length}::int
        and 3 * length(slug) >= ${compared.length}::int
        and (strpos(slug, ${compared}) > 0 or strpos(${compared}, slug) > 0)
      order by slug limit 1)
    union
    (select slug from managed_repos limit 1)
    order by slug`;
  return rows.map(({ slug }) => slug);
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
