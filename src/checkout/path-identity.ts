/** Identifies what a path leads to, so that two probes can show whether something else stood there between them. */
import { fileVersion } from '../domain/file-version.js';
import { type BytePath, toText } from './byte-path.js';
import { lstat } from './file-calls.js';
import { followPath } from './resolve-root.js';

/**
 * Every link on the path with its times, and the target with its ctime: renaming changes the ctime, so that a target that
 * was renamed away and back has another identity. It changes more often than a version may: a folder's ctime moves with
 * each new entry. Not detected: a folder *above* the target that is renamed and renamed back, since its times also move
 * with each entry in it.
 * @param path absolute
 * @returns text to compare; it may differ for the same path while nothing is there
 */
export function pathIdentity(path: BytePath): string {
  const links: string[] = [];
  const { at, isThere } = followPath(path, (link, stat) =>
    links.push(`${toText(link)}:${fileVersion(stat)}`),
  );
  const target = isThere ? lstat(at) : undefined;
  const own = target === undefined ? `${toText(at)}:absent` : `${target.dev}:${target.ino}:${target.ctimeNs}`;
  return [...links, own].join('|');
}
