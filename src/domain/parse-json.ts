/** Parses JSON from outside. */

/** The parsed value; undefined where the text is no JSON, as the page of a proxy's error often is. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
