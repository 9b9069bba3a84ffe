/**
 * Finds the file or folder that a path inside a checkout leads to. Promise: a link is followed only where it ends inside
 * the checkout, and not in its `.git`.
 */
import type { BigIntStats } from 'node:fs';
import { fileVersion } from '../domain/file-version.js';
import { type BytePath, digest16, joinPath, toBytes } from './byte-path.js';
import { lstat } from './file-calls.js';
import { resolveLink, type UnsafeLink } from './resolve-link.js';

export type FileKind = 'file' | 'folder' | 'link' | 'fifo' | 'socket' | 'device';

export interface Found {
  readonly state: 'found';
  /** The real path; no part of it is a link. */
  readonly path: BytePath;
  readonly stat: BigIntStats;
  /** The part of the target's version that comes from the links on the path; empty without a link. */
  readonly prefix: string;
  /** The newest ctime of the target and of the links on the path. */
  readonly ctimeNs: bigint;
}
export interface UnsafeTarget {
  readonly state: UnsafeLink;
  /** The version of the links up to the unsafe one, and why that is unsafe. */
  readonly version: string;
  readonly ctimeNs: bigint;
}
export type Located = Found | UnsafeTarget | { readonly state: 'absent' };

export function kindOf(stat: BigIntStats): FileKind {
  if (stat.isFile()) return 'file';
  if (stat.isDirectory()) return 'folder';
  if (stat.isSymbolicLink()) return 'link';
  if (stat.isFIFO()) return 'fifo';
  return stat.isSocket() ? 'socket' : 'device';
}

/** The version of what `stat` describes. That of anything but a regular file names its kind, so that no two kinds share one. */
export function statVersion(stat: BigIntStats): string {
  const kind = kindOf(stat);
  return kind === 'file' ? fileVersion(stat) : `${fileVersion(stat)}@${kind}`;
}

/** What `lstat` has just returned, by path. */
export type KnownStats = ReadonlyMap<BytePath, BigIntStats>;

/**
 * Follows `relative` (plain names joined by `/`) down from a real root.
 * @throws the file system's own error where it refuses, so that refusal never reads as absence
 */
export function locate(realRoot: BytePath, relative: BytePath, known?: KnownStats): Located {
  let at: Found | undefined;
  for (const name of relative.split('/')) {
    const path = joinPath(at?.path ?? realRoot, name);
    const stat = known?.get(path) ?? lstat(path);
    if (stat === undefined) return { state: 'absent' };
    const next = stat.isSymbolicLink() ? follow(realRoot, path, stat) : found(path, stat);
    const prefix = at?.prefix ?? '';
    const ctimeNs = newest(at?.prefix ? at.ctimeNs : 0n, next.ctimeNs);
    if (next.state !== 'found') return { ...next, version: prefix + next.version, ctimeNs };
    at = { ...next, prefix: prefix + next.prefix, ctimeNs };
  }
  return at ?? { state: 'absent' };
}

/** What a link leads to, and how many names were read to resolve it. */
export type Followed = (Found | UnsafeTarget) & { readonly names: number };

/** Follows one link, and further links on its path, to the end; that must lie inside the real root. */
export function follow(realRoot: BytePath, link: BytePath, stat: BigIntStats): Followed {
  const target = resolveLink(realRoot, link);
  const { names } = target;
  const own = fileVersion(stat);
  const unsafe = (state: UnsafeLink) => ({
    state,
    version: `${own}@${state}`,
    ctimeNs: stat.ctimeNs,
    names,
  });
  if ('unsafe' in target) return unsafe(target.unsafe);
  const end = lstat(target.path);
  // Removed after it was resolved.
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
