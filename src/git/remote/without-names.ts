/**
 * Drops from git's messages the names in them, so that what remains are the words of the programs that printed them. The
 * names are those of branches, repositories, files and servers, and may hold any word.
 */

/** Each takes linear time: a match is limited in length. In this order, since a URL may stand between quotes. */
const NAMES: readonly (readonly [RegExp, string])[] = [
  // Git quotes a name without escaping: so the mark that ends it is the first that no letter follows.
  [/(?<![^\s(:])'[^\n]{0,1024}?'(?![^\s:;,.)!])/g, "''"],
  [/"[^\s"]{0,4096}"/g, '""'],
  [/\b[a-z][a-z\d+.-]{0,20}:\/\/\S{1,4096}/gi, ''],
  // References, paths, `user@host:path`, and what begins with a dot.
  [/(?<!\S)(?:refs\/|[/~.]|[\w.-]{1,255}@)\S{1,4096}/g, ''],
  // Both sides of what git says of one reference.
  [/(?<!\S)\S{1,1024} +-> +\S{1,1024}/g, ''],
  // Names of servers and of files, of which none ends a sentence.
  [/(?<![\w.-])[\w-]{1,255}(?:\.[\w-]{1,255}){1,32}(?![\w-])/g, ''],
];

/** The messages without names. */
export function withoutNames(messages: string): string {
  return NAMES.reduce((rest, [pattern, mark]) => rest.replace(pattern, mark), messages);
}
