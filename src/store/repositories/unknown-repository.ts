/** The error for a slug that is not registered, with the registered slug that was probably meant. */
import { closest, distance } from 'fastest-levenshtein';
import { DoiError } from '../../domain/errors.js';
import type { Statements } from '../../platform/postgres/sql.js';

const MOST_COMPARED = 1000;

/**
 * Makes the error for the first of these slugs that has no row. Locks nothing; finds the given slugs by the index of `slug`,
 * and similar ones by reading all, which only an error pays for.
 */
export async function unknownRepository(sql: Statements, slugs: readonly string[]): Promise<DoiError> {
  const rows = await sql<{ slug: string }[]>`
    select slug from managed_repos where slug = any(${[...slugs]}::text[])`;
  const given = new Set(rows.map(({ slug }) => slug));
  const unknown = slugs.find((slug) => !given.has(slug)) ?? slugs[0] ?? '';
  return describeUnknown(unknown, await readAlike(sql, unknown));
}

/** Slugs that may be near to one; where none is, any slug, so that the error does not say that nothing is registered. */
async function readAlike(sql: Statements, requested: string): Promise<string[]> {
  const compared = requested.slice(0, LONGEST_REQUESTED);
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

/** The error for a slug that is none of the known ones. */
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

/** A longer text is no mistyped slug. The client chooses the text, so this also limits how long comparing takes. */
export const LONGEST_REQUESTED = 64;
/** How many letters may differ at most, and so how much longer or shorter a compared slug may be. */
export const MOST_EDITS = 3;
/** A shorter text is a part of many slugs by chance. */
export const SHORTEST_PART = 3;

/**
 * The known slug that was probably meant: the first with the fewest edits (Levenshtein), of which at most a third of
 * the requested slug's letters, and at most three, may be. Else the first known slug that contains the requested one or is
 * contained in it, if the shorter of the two has at least three letters and a third of the longer one's. Else undefined.
 */
export function nearestSlug(requested: string, known: readonly string[]): string | undefined {
  if (requested.length > LONGEST_REQUESTED || known.length === 0) return undefined;
  const best = closest(requested, known);
  const isNear = distance(requested, best) <= Math.min(MOST_EDITS, Math.floor(requested.length / 3));
  return isNear ? best : known.find((slug) => isPart(slug, requested) || isPart(requested, slug));
}

function isPart(part: string, whole: string): boolean {
  return part.length >= SHORTEST_PART && part.length * 3 >= whole.length && whole.includes(part);
}
