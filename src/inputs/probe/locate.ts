/** Finds what a path inside a checkout leads to: links are followed only where they end inside the real root. */
import { type BigIntStats, lstatSync, readlinkSync, realpathSync } from 'node:fs';
import { posix } from 'node:path';
import { fileVersion } from '../../domain/file-version.js';
import { type BytePath, digest16, isInside, joinPath, toBytes } from './byte-path.js';
import { errnoOf, isGone } from './file-errors.js';

export type FileKind = 'file' | 'folder' | 'link' | 'fifo' | 'socket' | 'device';
/** Where a link leads that is not followed. */
export type Astray = 'outside' | 'missing' | 'loop';

export interface Found {
  readonly state: 'found';
  /** The real path; no part of it is a link. */
  readonly path: BytePath;
  readonly stat: BigIntStats;
  /** What the versions of the links on the way put before the version of the target; empty without a link. */
  readonly prefix: string;
  /** The newest ctime of the target and of the links on the way. */
  readonly ctimeNs: bigint;
}
export interface Lost {
  readonly state: Astray;
  /** The version of the links up to the one that leads astray, and where it leads. */
  readonly version: string;
  readonly ctimeNs: bigint;
}
export type Located = Found | Lost | { readonly state: 'absent' };

/** The real path of a folder; undefined where nothing is there. */
export function realPath(path: BytePath): BytePath | undefined {
  try {
    return realpathSync.native(toBytes(path), { encoding: 'latin1' });
  } catch (error) {
    if (isGone(error) || errnoOf(error) === 'ELOOP') return undefined;
    throw error;
  }
}

/** `lstat`, with undefined where nothing is there. */
export function look(path: BytePath): BigIntStats | undefined {
  try {
    return lstatSync(toBytes(path), { bigint: true, throwIfNoEntry: false });
  } catch (error) {
    if (isGone(error)) return undefined;
    throw error;
  }
}

export function kindOf(stat: BigIntStats): FileKind {
  if (stat.isFile()) return 'file';
  if (stat.isDirectory()) return 'folder';
  if (stat.isSymbolicLink()) return 'link';
  if (stat.isFIFO()) return 'fifo';
  return stat.isSocket() ? 'socket' : 'device';
}

/** The version of what `stat` describes; anything but a regular file says what it is, so that nothing collides. */
export function statVersion(stat: BigIntStats): string {
  const kind = kindOf(stat);
  return kind === 'file' ? fileVersion(stat) : `${fileVersion(stat)}@${kind}`;
}

/**
 * Follows `relative` (plain names joined by `/`) down from a real root.
 * @throws the file system's own error where it refuses, so that refusal never reads as absence
 */
export function locate(realRoot: BytePath, relative: BytePath): Located {
  let at: Found | undefined;
  for (const name of relative.split('/')) {
    const path = joinPath(at?.path ?? realRoot, name);
    const stat = look(path);
    if (stat === undefined) return { state: 'absent' };
    const next = stat.isSymbolicLink() ? follow(realRoot, path, stat) : found(path, stat);
    const prefix = at?.prefix ?? '';
    const ctimeNs = newest(at?.prefix ? at.ctimeNs : 0n, next.ctimeNs);
    if (next.state !== 'found') return { ...next, version: prefix + next.version, ctimeNs };
    at = { ...next, prefix: prefix + next.prefix, ctimeNs };
  }
  return at ?? { state: 'absent' };
}

/** Resolves one link for good; its end must lie inside the real root. */
export function follow(realRoot: BytePath, link: BytePath, stat: BigIntStats): Found | Lost {
  const target = linkTarget(realRoot, link);
  const own = fileVersion(stat);
  if (typeof target === 'string')
    return { state: target, version: `${own}@${target}`, ctimeNs: stat.ctimeNs };
  const end = look(target.path);
  // It went away since it was resolved.
  if (end === undefined) return { state: 'missing', version: `${own}@missing`, ctimeNs: stat.ctimeNs };
  const prefix = `${own}@${digest16(toBytes(target.path.slice(realRoot.length)))}@`;
  return { ...found(target.path, end), prefix, ctimeNs: newest(stat.ctimeNs, end.ctimeNs) };
}

function linkTarget(realRoot: BytePath, link: BytePath): Astray | { path: BytePath } {
  try {
    const path = realpathSync.native(toBytes(link), { encoding: 'latin1' });
    return isInside(realRoot, path) ? { path } : 'outside';
  } catch (error) {
    if (isGone(error)) return 'missing';
    if (errnoOf(error) === 'ELOOP') return 'loop';
    // A folder outside that we may not enter: the link leads out all the same, which is the repository's own doing.
    const text = readlinkSync(toBytes(link), { encoding: 'latin1' });
    if (!isInside(realRoot, posix.resolve(posix.dirname(link), text))) return 'outside';
    throw error;
  }
}

function found(path: BytePath, stat: BigIntStats): Found {
  return { state: 'found', path, stat, prefix: '', ctimeNs: stat.ctimeNs };
}

export function newest(one: bigint, other: bigint): bigint {
  return one > other ? one : other;
}
