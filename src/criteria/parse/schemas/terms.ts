/** What the schemas of a repository's files share: texts, words of a list, and descriptions for editors. */
// The small build of zod, since the built-in checker has these schemas in its bundle.
import * as z from 'zod/mini';

/** A text with more than white space. */
export function nonEmptyText() {
  return z.string().check(z.regex(/\S/));
}

/** The same, or a number or boolean, which counts as its text: YAML makes a number of `title: 2026`. */
export function scalar() {
  return z.union([nonEmptyText(), z.number(), z.boolean()]);
}

/** One of some words, which may have white space around it. */
export function word(words: readonly string[]) {
  const padded = new RegExp(`^\\s*(?:${words.join('|')})\\s*$`);
  // The first alone says the same of all but padded words; editors offer what it lists.
  return z.union([z.enum(words), z.string().check(z.regex(padded))]);
}

/** Adds to a schema what editors show of it. */
export function describe<Schema extends z.core.$ZodType>(
  schema: Schema,
  description: string,
  title?: string,
): Schema {
  z.globalRegistry.add(schema, title === undefined ? { description } : { title, description });
  return schema;
}
