/** Reads the version of the input `checkout`. */

/** Whether the version is of a folder that was there: those alone end in `#<device>:<inode>`. */
export function isPresentCheckout(version: string): boolean {
  return /#\d+:\d+$/.test(version);
}

/* Why a link on the way to a checkout is not followed, in the words of every place that says so. */

/** A clause that goes after the path. */
export const FOREIGN_LINK =
  'is, or lies behind, a link that belongs neither to root, nor to the user who follows it, nor to the owner of the folder it leads to';
