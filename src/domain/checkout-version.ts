/** Reads the version of the input `checkout`. */

/** Whether the version is of a folder that was there: those alone end in `#<device>:<inode>`. */
export function isPresentCheckout(version: string): boolean {
  return /#\d+:\d+$/.test(version);
}
