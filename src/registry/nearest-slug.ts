/** The slug that was probably meant: the known one with the fewest edits to it. */

/**
 * The known slug nearest to the one asked for, or undefined where none is near: at most a third of the letters may
 * differ. A slug that holds the one asked for, or is held by it, is near.
 */
export function nearestSlug(asked: string, known: readonly string[]): string | undefined {
  const limit = Math.max(1, Math.floor(asked.length / 3));
  let best: { slug: string; edits: number } | undefined;
  for (const slug of known) {
    if (Math.abs(slug.length - asked.length) > limit) continue;
    const edits = editDistance(asked, slug);
    if (edits <= limit && (best === undefined || edits < best.edits)) best = { slug, edits };
  }
  return (
    best?.slug ?? known.find((slug) => asked.length >= 3 && (slug.includes(asked) || asked.includes(slug)))
  );
}

/** How many letters must be added, dropped or replaced to turn one text into the other (Levenshtein). */
function editDistance(from: string, to: string): number {
  let row = Array.from({ length: to.length + 1 }, (_, index) => index);
  for (let i = 1; i <= from.length; i += 1) {
    const next = [i];
    for (let j = 1; j <= to.length; j += 1) {
      const replaced = (row[j - 1] ?? 0) + (from[i - 1] === to[j - 1] ? 0 : 1);
      next.push(Math.min(replaced, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[to.length] ?? 0;
}
