/**
 * Resolves a link of a checkout, name by name. Promise: a link takes at most a budget of names, so that no chain of links
 * can hold up a probe, and the result shows nothing of what lies outside of the checkout.
 */
import type { BigIntStats } from 'node:fs';
import { posix } from 'node:path';
import { errnoOf, isGone } from '../platform/file-errors.js';
import { type BytePath, isInside, joinPath } from './byte-path.js';
import { lstat, MAX_LINKS, readLink } from './file-calls.js';

/** Why a link is not followed: where it leads, or that its path is too long. */
export type UnsafeLink = 'outside' | 'missing' | 'loop' | 'long';

/** `names`: how many names were read, those of further links on the path included. */
export type Resolved =
  | { readonly path: BytePath; readonly names: number }
  | { readonly unsafe: UnsafeLink; readonly names: number };

/** The most names that are read for one link. With the system's own limits, one link could take a fifth of a second. */
export const MAX_LINK_NAMES = 255;

/** What a link is resolved by: the file system, or a tree of git. */
export interface LinkFiles {
  readonly lstat: (path: BytePath) => Pick<BigIntStats, 'isSymbolicLink' | 'isDirectory'> | undefined;
  readonly readLink: (path: BytePath) => BytePath;
}

const FILE_SYSTEM: LinkFiles = { lstat, readLink };

/**
 * Resolves one link to its end, as `realpath` does, but never through a `.git` of the checkout. A path is followed outside of the checkout too, since it may lead
 * back in; the result does not show whether anything is there.
 * @param realRoot the real path of the checkout
 * @param link a path that is real but for its last name, which is a link
 * @throws the file system's own error where it refuses within the checkout
 */
export function resolveLink(realRoot: BytePath, link: BytePath, files = FILE_SYSTEM): Resolved {
  const way = new Way(posix.dirname(link));
  const gone = (path: BytePath) => way.end(isInside(realRoot, path) ? 'missing' : 'outside');
  let target = readTarget(files, link);
  if (target === undefined) return gone(link);
  if (!way.turnInto(link, target)) return way.giveUp();
  for (let name = way.next(); name !== undefined; name = way.next()) {
    const path = joinPath(way.at, name);
    // It is no part of the repository's content: of a commit, nothing is called so.
    if (name.toLowerCase() === '.git' && isInside(realRoot, path)) return way.end('outside');
    const stat = lstatAnywhere(files, realRoot, path);
    if (stat === undefined) return gone(path);
    if (stat.isSymbolicLink()) {
      if (way.links >= MAX_LINKS) return way.end('loop');
      target = readTarget(files, path);
      if (target === undefined) return gone(path);
      if (!way.turnInto(path, target)) return way.giveUp();
    } else if (way.isOver || stat.isDirectory()) way.at = path;
    else return gone(path);
  }
  return isInside(realRoot, way.at) ? { path: way.at, names: way.names } : way.end('outside');
}

/** Where a link leads, as it is written; undefined where it is a link no more. */
function readTarget({ readLink }: LinkFiles, path: BytePath): BytePath | undefined {
  try {
    return readLink(path);
  } catch (error) {
    // EINVAL: something other than a link is there now.
    if (isGone(error) || errnoOf(error) === 'EINVAL') return undefined;
    throw error;
  }
}

function lstatAnywhere(
  { lstat }: LinkFiles,
  realRoot: BytePath,
  path: BytePath,
): ReturnType<LinkFiles['lstat']> {
  try {
    return lstat(path);
  } catch (error) {
    // A folder outside that this user may not enter: the link leads out of the checkout all the same, which is a fault of
    // the repository and no error.
    if (!isInside(realRoot, path)) return undefined;
    throw error;
  }
}

/** The path followed so far, and the names that are still to follow. */
class Way {
  at: BytePath;
  names = 0;
  links = 0;
  readonly #met = new Set<BytePath>();
  #left: BytePath[] = [];

  constructor(at: BytePath) {
    this.at = at;
  }

  /** Continues at a link's target. @returns false where that takes more names than the budget */
  turnInto(link: BytePath, target: BytePath): boolean {
    this.#met.add(link);
    const names = target.split('/');
    this.links += 1;
    this.names += names.length;
    if (this.names > MAX_LINK_NAMES) return false;
    if (target.startsWith('/')) this.at = '/';
    this.#left.push(...names.reverse());
    return true;
  }

  /** The next name, with `.`, `..` and empty names dealt with; undefined at the end. */
  next(): BytePath | undefined {
    for (let name = this.#left.pop(); name !== undefined; name = this.#left.pop()) {
      if (name === '..') this.at = posix.dirname(this.at);
      else if (name !== '' && name !== '.') return name;
    }
    return undefined;
  }

  /** Whether no name is left, not even an empty one after a final slash. */
  get isOver(): boolean {
    return this.#left.length === 0;
  }

  /** Ends where the budget is used up: as a loop where one link was met more than once. */
  giveUp(): Resolved {
    return this.end(this.#met.size < this.links ? 'loop' : 'long');
  }

  end(unsafe: UnsafeLink): Resolved {
    return { unsafe, names: Math.min(this.names, MAX_LINK_NAMES) };
  }
}
