/** Reads the version of the input `checkout`, and words why its path may not be used. */

/**
 * Whether the checkout was there: only then the version ends in `#<device>:<inode>`, or, of a bare repository, in
 * `#bare@<branch>`.
 */
export function isPresentCheckout(version: string): boolean {
  return /#(?:\d+:\d+|bare@[^#]*)$/s.test(version);
}

/** The version of a bare repository. It names no commit, so that a push that touches no input changes no version. */
export function bareVersion(host: string, path: string, branch: string): string {
  // A `#` would end the branch too early; git allows it in names.
  return `${host}:${path}#bare@${branch.replaceAll('#', '%23')}`;
}

/** Why a link on the way to a checkout is not followed, as a clause after the path. */
export const FOREIGN_LINK =
  'is, or lies behind, a link that belongs neither to root, nor to the user who follows it, nor to the owner of the folder it leads to';
