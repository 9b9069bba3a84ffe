/** Reads the version of the input `checkout`, and words why its path may not be used. */

/** Whether the checkout's folder existed: only then the version ends in `#<device>:<inode>`. */
export function isPresentCheckout(version: string): boolean {
  return /#\d+:\d+$/.test(version);
}

/** Why a link on the way to a checkout is not followed, as a clause after the path. */
export const FOREIGN_LINK =
  'is, or lies behind, a link that belongs neither to root, nor to the user who follows it, nor to the owner of the folder it leads to';
