/** The error for a slug that is not registered, with the registered slug that was probably meant. */
import { DoiError } from '../../domain/errors.js';
import type { Statements } from '../../platform/postgres/sql.js';

/** How many slugs are compared at most: requests for unknown slugs must not keep the process busy. */
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

/** Reads slugs that may be similar to one; if none is, any one, to know that something is registered. */
async function readAlike(sql: Statements, given: string): Promise<string[]> {
  const compared = given.slice(0, LONGEST_GIVEN);
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

/** A longer text is no mistyped slug: comparing takes time, and the client chooses the text. */
export const LONGEST_GIVEN = 64;
/** How many letters may differ at most, and so how much longer or shorter a compared slug may be. */
export const MOST_EDITS = 3;
/** A shorter text is a part of many slugs by chance. */
export const SHORTEST_PART = 3;

/**
 * The known slug with the fewest edits to the given one, if at most a third of its letters differ, and at most three. Else
 * one that contains it or is contained in it, if the shorter of both has at least three letters and a third of the longer
 * one's. Undefined where there is neither.
 */
export function nearestSlug(given: string, known: readonly string[]): string | undefined {
  if (given.length > LONGEST_GIVEN) return undefined;
  let limit = Math.min(MOST_EDITS, Math.floor(given.length / 3));
  let best: string | undefined;
  for (const slug of known) {
    const edits = editDistance(given, slug, limit);
    if (edits > limit) continue;
    if (edits === 0) return slug;
    best = slug;
    limit = edits - 1;
  }
  return best ?? known.find((slug) => isPart(slug, given) || isPart(given, slug));
}

function isPart(part: string, whole: string): boolean {
  return part.length >= SHORTEST_PART && part.length * 3 >= whole.length && whole.includes(part);
}

/**
 * How many letters must be added, dropped or replaced to turn one text into the other (Levenshtein); where that is more
 * than `limit`, some number above it. Only the cells within `limit` of the diagonal can count (Ukkonen, 1985).
 */
function editDistance(from: string, to: string, limit: number): number {
  const far = limit + 1;
  if (Math.abs(from.length - to.length) > limit) return far;
  let row = Array.from({ length: to.length + 1 }, (_, index) => index);
  for (let i = 1; i <= from.length; i += 1) {
    const first = Math.max(1, i - limit);
    const last = Math.min(to.length, i + limit);
    const next: number[] = [];
    next[first - 1] = first === 1 ? i : far;
    let least = far;
    for (let j = first; j <= last; j += 1) {
      const replaced = (row[j - 1] ?? far) + (from[i - 1] === to[j - 1] ? 0 : 1);
      const edits = Math.min(replaced, (row[j] ?? far) + 1, (next[j - 1] ?? far) + 1);
      next[j] = edits;
      least = Math.min(least, edits);
    }
    if (least > limit) return far;
    row = next;
  }
  return row[to.length] ?? far;
}
