/**
 * Resolves the path of a checkout. Promise: a link on it is followed only where its owner may decide where it leads, so
 * that no other user of the host can make this process read a folder that is closed to them.
 */
import type { BigIntStats } from 'node:fs';
import { posix } from 'node:path';
import { type BytePath, joinPath } from './byte-path.js';
import { lstat, MAX_LINKS, readLink, realPath } from './file-calls.js';

/** `path`: the real path. `link`: the first link that may not be followed. */
export type Root =
  | { readonly state: 'found'; readonly path: BytePath; readonly stat: BigIntStats }
  | { readonly state: 'absent' }
  | { readonly state: 'foreign-link'; readonly link: BigIntStats };

/** Who owns a folder. */
export interface Owner {
  readonly uid: number;
  readonly gid: number;
}

/**
 * Resolves a path. A user who may write to a folder above a checkout can replace the checkout by a link to a folder that
 * only this process may read. So a link counts only where it belongs to root, to this process's user, or to the owner of
 * the folder that it leads to. For a refused link the result does not show whether anything is at its end.
 * @param path absolute
 * @throws the file system's own error where it refuses
 */
export function resolveRoot(path: BytePath): Root {
  const links: BigIntStats[] = [];
  try {
    // First the usual case: a registered path without a link.
    return end(isReal(path) ? path : followAll(path, links), links);
  } catch (error) {
    const link = foreign(links);
    if (link === undefined) throw error;
    return { state: 'foreign-link', link };
  }
}

function isReal(path: BytePath): boolean {
  try {
    return realPath(path) === path;
  } catch {
    // Following the path name by name shows why.
    return false;
  }
}

function end(path: BytePath | undefined, links: readonly BigIntStats[]): Root {
  const stat = path === undefined ? undefined : lstat(path);
  // A link at the end replaced what was found there.
  const isThere = stat !== undefined && !stat.isSymbolicLink();
  const link = foreign(links, isThere ? stat.uid : undefined);
  if (link !== undefined) return { state: 'foreign-link', link };
  return path !== undefined && isThere ? { state: 'found', path, stat } : { state: 'absent' };
}

/** The first link that may not be followed. @param owner of the folder at the end, where one is there */
function foreign(links: readonly BigIntStats[], owner?: bigint): BigIntStats | undefined {
  return links.find(({ uid }) => !mayLead(uid, owner));
}

/** Whether a user may decide that a path leads to a folder. @param owner of that folder, where one is there */
export function mayLead(uid: bigint, owner?: bigint): boolean {
  return uid === 0n || uid === owner || Number(uid) === process.getuid?.();
}

/** Adds each link on the path to `links`. @returns the real path; undefined where nothing is there */
function followAll(path: BytePath, links: BigIntStats[]): BytePath | undefined {
  const { at, isThere } = followPath(path, (_, stat) => links.push(stat));
  return isThere ? at : undefined;
}

/**
 * Follows an absolute path name by name, and every link on it, up to as many links as Linux follows.
 * @param onLink called for each link before it is followed
 * @returns the real path where all names are there; else the name at which it ended
 */
export function followPath(
  path: BytePath,
  onLink: (link: BytePath, stat: BigIntStats) => void,
): { readonly at: BytePath; readonly isThere: boolean } {
  let at: BytePath = '/';
  let links = 0;
  const left = path.split('/').reverse();
  for (let name = left.pop(); name !== undefined; name = left.pop()) {
    if (name === '..') at = posix.dirname(at);
    if (name === '' || name === '.' || name === '..') continue;
    const next = joinPath(at, name);
    const stat = lstat(next);
    if (stat === undefined) return { at: next, isThere: false };
    if (!stat.isSymbolicLink()) at = next;
    else {
      onLink(next, stat);
      links += 1;
      if (links > MAX_LINKS) return { at: next, isThere: false };
      const target = readLink(next);
      if (target.startsWith('/')) at = '/';
      left.push(...target.split('/').reverse());
    }
  }
  return { at, isThere: true };
}
