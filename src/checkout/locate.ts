/** Finds what a path inside a checkout leads to. It follows a link only if the link ends inside the real root. */
import { type BigIntStats, realpathSync } from 'node:fs';
import { fileVersion } from '../domain/file-version.js';
import { errnoOf, isGone } from '../platform/file-errors.js';
import { type BytePath, digest16, joinPath, toBytes } from './byte-path.js';
import { fileStep } from './file-steps.js';
import { lstat } from './lstat.js';
import { resolveLink, type UnsafeLink } from './resolve-link.js';

export type FileKind = 'file' | 'folder' | 'link' | 'fifo' | 'socket' | 'device';

export interface Found {
  readonly state: 'found';
  /** The real path; no part of it is a link. */
  readonly path: BytePath;
  readonly stat: BigIntStats;
  /** The versions of the links on the way, which precede the target's version; empty without a link. */
  readonly prefix: string;
  /** The newest ctime of the target and of the links on the way. */
  readonly ctimeNs: bigint;
}
export interface UnsafeTarget {
  readonly state: UnsafeLink;
  /** The versions of the links up to the unsafe one, and where that leads. */
  readonly version: string;
  readonly ctimeNs: bigint;
}
export type Located = Found | UnsafeTarget | { readonly state: 'absent' };

/** The real path of a folder; undefined if nothing is there. */
export function realPath(path: BytePath): BytePath | undefined {
  fileStep();
  try {
    return realpathSync.native(toBytes(path), { encoding: 'latin1' });
  } catch (error) {
    if (isGone(error) || errnoOf(error) === 'ELOOP') return undefined;
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

/** The version of what `stat` describes; anything but a regular file has its kind, so that versions do not collide. */
export function statVersion(stat: BigIntStats): string {
  const kind = kindOf(stat);
  return kind === 'file' ? fileVersion(stat) : `${fileVersion(stat)}@${kind}`;
}

/**
 * Follows `relative` (plain names joined by `/`) down from a real root.
 * @throws the file system's error if it refuses, so that a refusal never reads as absence
 */
export function locate(realRoot: BytePath, relative: BytePath): Located {
  let at: Found | undefined;
  for (const name of relative.split('/')) {
    const path = joinPath(at?.path ?? realRoot, name);
    const stat = lstat(path);
    if (stat === undefined) return { state: 'absent' };
    const next = stat.isSymbolicLink() ? follow(realRoot, path, stat) : found(path, stat);
    const prefix = at?.prefix ?? '';
    const ctimeNs = newest(at?.prefix ? at.ctimeNs : 0n, next.ctimeNs);
    if (next.state !== 'found') return { ...next, version: prefix + next.version, ctimeNs };
    at = { ...next, prefix: prefix + next.prefix, ctimeNs };
  }
  return at ?? { state: 'absent' };
}

/** What a link leads to, and how many names were resolved for it. */
export type Followed = (Found | UnsafeTarget) & { readonly names: number };

/** Resolves one link completely; its end must lie inside the real root. */
export function follow(realRoot: BytePath, link: BytePath, stat: BigIntStats): Followed {
  const target = resolveLink(realRoot, link);
  const { names } = target;
  const own = fileVersion(stat);
  const unsafe = (state: UnsafeLink) => ({ state, version: `${own}@${state}`, ctimeNs: stat.ctimeNs, names });
  if ('unsafe' in target) return unsafe(target.unsafe);
  const end = lstat(target.path);
  // It was removed since it was resolved.
  if (end === undefined) return unsafe('missing');
  const prefix = `${own}@${digest16(toBytes(target.path.slice(realRoot.length)))}@`;
  const ctimeNs = newest(stat.ctimeNs, end.ctimeNs);
  return { ...found(target.path, end), prefix, ctimeNs, names };
}

function found(path: BytePath, stat: BigIntStats): Found {
  return { state: 'found', path, stat, prefix: '', ctimeNs: stat.ctimeNs };
}

export function newest(one: bigint, other: bigint): bigint {
  return one > other ? one : other;
}
