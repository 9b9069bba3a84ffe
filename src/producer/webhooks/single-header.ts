/** Reads a header that must be there exactly once. */

/** The value, or what is wrong with it, as a sentence. */
export type SingleHeader =
  | { readonly ok: true; readonly value: string }
  | { readonly ok: false; readonly why: string };

/**
 * Reads from the list of names and values as they were sent: in the joined form of Node a doubled header looks like one.
 * @param raw names and values in turn
 */
export function singleHeader(raw: readonly string[], name: string): SingleHeader {
  const values = headerValues(raw, name);
  const [value] = values;
  if (value === undefined) return { ok: false, why: `${name} is missing.` };
  if (values.length > 1) return { ok: false, why: `${name} is there more than once.` };
  if (value === '') return { ok: false, why: `${name} is empty.` };
  return { ok: true, value };
}

/** Whether a header was sent at all. */
export function hasHeader(raw: readonly string[], name: string): boolean {
  return headerValues(raw, name).length > 0;
}

function headerValues(raw: readonly string[], name: string): string[] {
  const wanted = name.toLowerCase();
  const values: string[] = [];
  for (let index = 0; index + 1 < raw.length; index += 2) {
    if (raw[index]?.toLowerCase() === wanted) values.push(raw[index + 1] ?? '');
  }
  return values;
}
