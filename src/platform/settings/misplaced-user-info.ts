/** Finds URLs whose user or password holds a character that ends it, so that parsers take the rest for something else. */

const MISPLACED = /^[a-z][a-z\d+.-]*:\/\/[^/?#]*[/?#].*@/is;

/**
 * Such a URL is never used or shown: a parser calls the beginning of the password a port, and its rest a path.
 * @returns what is wrong with it, without anything of it; undefined where nothing is
 */
export function misplacedUserInfo(url: string): string | undefined {
  if (!MISPLACED.test(url)) return undefined;
  return 'has an "@" after a "/", "?" or "#": in a user or a password write these as %2F, %3F and %23, and elsewhere "@" as %40';
}
