/** Finds URLs whose user or password holds a character that ends the authority, so that parsers read the rest as a path. */

const MISPLACED = /^[a-z][a-z\d+.-]*:\/\/[^/?#]*[/?#].*@/is;

/**
 * Such a URL is never used or shown: a parser takes the beginning of the password for a port, and its rest for a path.
 * @returns the problem, without any part of the URL; undefined where there is none
 */
export function misplacedUserInfo(url: string): string | undefined {
  if (!MISPLACED.test(url)) return undefined;
  return 'has an "@" after a "/", "?" or "#": in a user or a password write these as %2F, %3F and %23, and elsewhere "@" as %40';
}
