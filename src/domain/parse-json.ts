/** Parses JSON from outside. */

/**
 * The parsed value; undefined where the text is no JSON, as the page of a proxy's error often is.
 * @param revive as that of `JSON.parse`
 */
export function parseJson(text: string, revive?: (key: string, value: unknown) => unknown): unknown {
  try {
    return JSON.parse(text, revive);
  } catch {
    return undefined;
  }
}
