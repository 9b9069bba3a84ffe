/** Resolves the path of a checkout. It follows a link on the way only if the link's owner may decide where it leads. */
import { type BigIntStats, readlinkSync, realpathSync } from 'node:fs';
import { posix } from 'node:path';
import { type BytePath, joinPath, toBytes } from './byte-path.js';
import { fileStep } from './file-steps.js';
import { lstat } from './lstat.js';

/** `path`: the real path. `link`: the first link that is not followed. */
export type Root =
  | { readonly state: 'found'; readonly path: BytePath; readonly stat: BigIntStats }
  | { readonly state: 'absent' }
  | { readonly state: 'foreign-link'; readonly link: BigIntStats };

/** Who owns a folder. */
export interface Owner {
  readonly uid: number;
  readonly gid: number;
}

// As many links as Linux follows.
const MAX_LINKS = 40;

/**
 * A user who may write to a folder above a checkout can replace the checkout by a link to something that only this process
 * may read. So a link must belong to root, to this process's user, or to the owner of the folder it leads to. The result
 * does not reveal whether a refused link leads to anything.
 * @param path absolute
 * @throws the file system's error if it refuses
 */
export function resolveRoot(path: BytePath): Root {
  const links: BigIntStats[] = [];
  try {
    // The usual case: a registered path without a link.
    return end(isReal(path) ? path : followAll(path, links), links);
  } catch (error) {
    const link = foreign(links);
    if (link === undefined) throw error;
    return { state: 'foreign-link', link };
  }
}

function isReal(path: BytePath): boolean {
  fileStep();
  try {
    return realpathSync.native(toBytes(path), { encoding: 'latin1' }) === path;
  } catch {
    // Resolving it name by name finds the reason.
    return false;
  }
}

function end(path: BytePath | undefined, links: readonly BigIntStats[]): Root {
  const stat = path === undefined ? undefined : lstat(path);
  // A link here was created since.
  const isThere = stat !== undefined && !stat.isSymbolicLink();
  const link = foreign(links, isThere ? stat.uid : undefined);
  if (link !== undefined) return { state: 'foreign-link', link };
  return path !== undefined && isThere ? { state: 'found', path, stat } : { state: 'absent' };
}

/** @param owner of what the links lead to, if anything is there */
function foreign(links: readonly BigIntStats[], owner?: bigint): BigIntStats | undefined {
  return links.find(({ uid }) => !mayLead(uid, owner));
}

/** Whether a user may decide that a path leads to a folder. @param owner of that folder, if it exists */
export function mayLead(uid: bigint, owner?: bigint): boolean {
  return uid === 0n || uid === owner || Number(uid) === process.getuid?.();
}

/** Adds each link on the way to `links`. @returns the real path; undefined if nothing is there */
function followAll(path: BytePath, links: BigIntStats[]): BytePath | undefined {
  let at: BytePath = '/';
  const left = path.split('/').reverse();
  for (let name = left.pop(); name !== undefined; name = left.pop()) {
    if (name === '..') at = posix.dirname(at);
    if (name === '' || name === '.' || name === '..') continue;
    const next = joinPath(at, name);
    const stat = lstat(next);
    if (stat === undefined) return undefined;
    if (!stat.isSymbolicLink()) at = next;
    else {
      if (links.push(stat) > MAX_LINKS) return undefined;
      fileStep();
      const target = readlinkSync(toBytes(next), { encoding: 'latin1' });
      if (target.startsWith('/')) at = '/';
      left.push(...target.split('/').reverse());
    }
  }
  return at;
}
