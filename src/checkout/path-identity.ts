/** The trail to a file or folder: tells whether what a path led to was another one in between, and is back. */
import { readlinkSync } from 'node:fs';
import { posix } from 'node:path';
import { fileVersion } from '../domain/file-version.js';
import { type BytePath, joinPath, toBytes, toText } from './byte-path.js';
import { lstat } from './lstat.js';

// As many as the system itself follows.
const MAX_LINKS = 40;

/**
 * Every link on the way with its times, and the end with its ctime: renaming changes that, so that what was put away
 * and put back differs from what stayed. Says more than a version may: a folder's ctime moves with each new entry. A
 * folder *above* the end that is renamed and put back is not told, as its times move with whatever lies in it.
 * @param path absolute
 * @returns text to compare; two trails to what is not there may differ
 */
export function pathIdentity(path: BytePath): string {
  const links: string[] = [];
  let at: BytePath = '/';
  let left = path.split('/');
  while (left.length > 0) {
    const [name = '', ...rest] = left;
    left = rest;
    const next = name === '..' ? posix.dirname(at) : joinPath(at, name);
    if (name === '' || name === '.') continue;
    const stat = lstat(next);
    if (stat === undefined) return [...links, `${toText(next)}:absent`].join('|');
    if (stat.isSymbolicLink() && links.length < MAX_LINKS) {
      links.push(`${toText(next)}:${fileVersion(stat)}`);
      const target = readlinkSync(toBytes(next), { encoding: 'latin1' });
      if (target.startsWith('/')) at = '/';
      left = [...target.split('/'), ...left];
    } else at = next;
  }
  const end = lstat(at);
  const own = end === undefined ? 'absent' : `${end.dev}:${end.ino}:${end.ctimeNs}`;
  return [...links, own].join('|');
}
