/** The identity of a path: detects that the path led to something else meanwhile, and leads back. */
import { readlinkSync } from 'node:fs';
import { posix } from 'node:path';
import { fileVersion } from '../domain/file-version.js';
import { type BytePath, joinPath, toBytes, toText } from './byte-path.js';
import { lstat } from './lstat.js';

// As many as Linux follows.
const MAX_LINKS = 40;

/**
 * Every link on the way with its times, and the target with its ctime. Renaming changes the ctime, so a target that was
 * renamed and renamed back differs from one that stayed. It is more than a version may hold: a folder's ctime changes with
 * each new entry. Not detected: a folder *above* the target that is renamed and renamed back, because a folder's times
 * also change with its content.
 * @param path absolute
 * @returns text to compare; two identities of an absent target may differ
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
