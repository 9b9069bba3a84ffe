/** Decides which names of branches git, and this program, may use as paths. */

/**
 * Whether git, and this program, may use that name of a branch as a path below `refs/heads`. See git-check-ref-format(1).
 */
export function isBranchName(name: string): boolean {
  if (name === '' || name.length > 255 || name === '@' || /[\u0000- \u007f~^:?*[\\]|\.\.|@\{/.test(name))
    return false;
  return name.split('/').every((part) => part !== '' && !/^[.-]|\.lock$|\.$/.test(part));
}
