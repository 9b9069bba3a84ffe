/** Resolves a link of a checkout, one name at a time, so that it can stop early at a chain of links made to take long. */
import { type BigIntStats, readlinkSync } from 'node:fs';
import { posix } from 'node:path';
import { errnoOf, isGone } from '../platform/file-errors.js';
import { type BytePath, isInside, joinPath, toBytes } from './byte-path.js';
import { lstat } from './lstat.js';

/** Why a link is not followed. */
export type UnsafeLink = 'outside' | 'missing' | 'loop' | 'long';

/** `names`: how many names were resolved, including those of further links on the way. */
export type Resolved =
  | { readonly path: BytePath; readonly names: number }
  | { readonly unsafe: UnsafeLink; readonly names: number };

/** The most names on the way of a link. With the system's own limits, one link could take a fifth of a second. */
export const MAX_LINK_NAMES = 255;
// As many as Linux follows.
const MAX_LINKS = 40;

/**
 * Resolves one link completely, as `realpath` does. It goes through names outside, because the way may lead back, but the
 * result does not reveal whether anything is there.
 * @param realRoot the real path of the checkout
 * @param link a real path except for its last name, which is a link
 * @throws the file system's error if it refuses within the checkout
 */
export function resolveLink(realRoot: BytePath, link: BytePath): Resolved {
  const way = new Way(posix.dirname(link));
  const unsafe = (path: BytePath) => way.end(isInside(realRoot, path) ? 'missing' : 'outside');
  let target = readLink(link);
  if (target === undefined) return unsafe(link);
  if (!way.turnInto(link, target)) return way.giveUp();
  for (let name = way.next(); name !== undefined; name = way.next()) {
    const path = joinPath(way.at, name);
    const stat = lstatUnlessOutside(realRoot, path);
    if (stat === undefined) return unsafe(path);
    if (stat.isSymbolicLink()) {
      if (way.links >= MAX_LINKS) return way.end('loop');
      target = readLink(path);
      if (target === undefined) return unsafe(path);
      if (!way.turnInto(path, target)) return way.giveUp();
    } else if (way.isOver || stat.isDirectory()) way.at = path;
    else return unsafe(path);
  }
  return isInside(realRoot, way.at) ? { path: way.at, names: way.names } : way.end('outside');
}

/** The target of a link; undefined if it is no link any more. */
function readLink(path: BytePath): BytePath | undefined {
  try {
    return readlinkSync(toBytes(path), { encoding: 'latin1' });
  } catch (error) {
    // EINVAL: something else is there now.
    if (isGone(error) || errnoOf(error) === 'EINVAL') return undefined;
    throw error;
  }
}

function lstatUnlessOutside(realRoot: BytePath, path: BytePath): BigIntStats | undefined {
  try {
    return lstat(path);
  } catch (error) {
    // A folder outside that this process may not enter. The link leads out in any case, which the repository decided.
    if (!isInside(realRoot, path)) return undefined;
    throw error;
  }
}

/** The path so far, and the names that are left to resolve. */
class Way {
  at: BytePath;
  names = 0;
  links = 0;
  readonly #met = new Set<BytePath>();
  #left: BytePath[] = [];

  constructor(at: BytePath) {
    this.at = at;
  }

  /** Goes on with a link's target. @returns false if that makes the way too long */
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

  /** The next name that leads anywhere further; undefined at the end. */
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

  /** Ends because the way is too long, or because a link was met more than once. */
  giveUp(): Resolved {
    return this.end(this.#met.size < this.links ? 'loop' : 'long');
  }

  end(unsafe: UnsafeLink): Resolved {
    return { unsafe, names: Math.min(this.names, MAX_LINK_NAMES) };
  }
}
