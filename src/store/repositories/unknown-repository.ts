/** The error for a slug that is not registered, with the one that was probably meant. */
import { DoiError } from '../../domain/errors.js';
import type { Statements } from '../../platform/postgres/sql.js';

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

/* The slug that was probably meant: the known one with the fewest edits to it. */

/** A longer text is no slug that was mistyped: comparing takes time, and whoever asks chooses the text. */
export const LONGEST_ASKED = 64;
/** How many letters may differ at most, so how much longer or shorter a slug may be that is compared. */
export const MOST_EDITS = 3;
/** A shorter text is found in many slugs by chance. */
export const SHORTEST_PART = 3;

/**
 * The known slug nearest to the one asked for, or undefined where none is near: at most a third of its letters may
 * differ, and at most three. Else one is near that holds it, or is held by it, if the shorter has three letters at least
 * and a third of the longer one's.
 */
export function nearestSlug(asked: string, known: readonly string[]): string | undefined {
  if (asked.length > LONGEST_ASKED) return undefined;
  let limit = Math.min(MOST_EDITS, Math.floor(asked.length / 3));
  let best: string | undefined;
  for (const slug of known) {
    const edits = editDistance(asked, slug, limit);
    if (edits > limit) continue;
    if (edits === 0) return slug;
    best = slug;
    limit = edits - 1;
  }
  return best ?? known.find((slug) => isPart(slug, asked) || isPart(asked, slug));
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
