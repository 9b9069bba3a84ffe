/** The slug that was probably meant: the known one with the fewest edits to it. */

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
