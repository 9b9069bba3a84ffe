/** Which releases of git are new enough. */
import { isAtLeast } from '../../domain/release.js';

/** The oldest git whose `cat-file` reads commands, by which objects are read. */
const OLDEST = '2.36';

export const INSTALL_GIT = `Install git ${OLDEST} or later, such as "apt-get install git", on the PATH of the worker.`;

/** @param version what `git --version` printed */
export function isNewEnough(version: string): boolean {
  return isAtLeast(/\d+\.\d+/.exec(version)?.[0] ?? '', OLDEST);
}
