/**
 * Walks a folder of a checkout: every entry with its version. Promise: it enters no folder by way of a link, stays in the
 * checkout whatever is moved meanwhile, and stops at fixed limits, so that no folder can hold up a probe.
 */
import { DoiError } from '../domain/errors.js';
import { withFileErrors } from '../platform/file-errors.js';
import { type BytePath, bytePath, digest16, joinPath, shownPath, toBytes } from './byte-path.js';
import { type Folder, lstat, readNames } from './file-calls.js';
import { type FileKind, follow, kindOf, locate, newest, statVersion } from './locate.js';
import { again, DESCRIPTORS, MovedWhileOpened, openInside } from './open-inside.js';
import { describeWrongKind, refusal } from './read-inside.js';
import type { UnsafeLink } from './resolve-link.js';

/**
 * The limits of a walk. A folder over one fails its criterion, and the rest of it is not read. `linkNames`: the names read
 * to resolve all links of a walk. The version of a folder over a limit is the count at which the walk stopped.
 */
export const WALK_LIMITS = {
  entries: 5_000,
  depth: 5,
  bytes: 16 * 1024 * 1024,
  linkNames: 10_000,
} as const;

export interface WalkEntry {
  /** Relative to the folder walked, `/` between the names, safe to show. To open the file, use `bytes`. */
  readonly path: string;
  /** The same path as bytes. */
  readonly bytes: Buffer;
  readonly kind: 'file' | 'folder' | 'link' | 'other';
  /** The kind of a link's target, or the exact kind of an `other`; else the entry's own kind. */
  readonly target: FileKind | UnsafeLink;
  /** A link's version holds that of its target. A folder's is its inode and ctime: what is in it has its own entries. */
  readonly version: string;
  /** In bytes; 0 for anything but a file or a link to one. */
  readonly size: number;
}

export type WalkResult =
  | {
      readonly state: 'present';
      /** Each folder's entries in the order of their names' bytes, a sub-folder's right after it. */
      readonly entries: readonly WalkEntry[];
      /** The part that links on the path to the folder add to the version of each file that is read through them. */
      readonly prefix: string;
      /** Computed when it is first read. */
      readonly version: string;
      /** Milliseconds since the epoch. */
      readonly newestCtime: number;
    }
  | { readonly state: 'absent'; readonly version: 'absent'; readonly newestCtime: 0 }
  | {
      readonly state: 'rejected';
      readonly reason: string;
      readonly version: string;
      readonly newestCtime: number;
    };

export interface WalkOptions {
  /** Which names get an entry. Folders always do. A name that is left out still counts towards the limit on entries. */
  readonly only?: (name: BytePath) => boolean;
}

/**
 * Walks `relativeFolder` of a checkout. A link on that path must end inside the checkout.
 * @param realRoot the real path of the checkout's folder
 * @throws {DoiError} `file_unreadable` or `host_exhausted` where the file system failed
 */
export function walkFolder(
  realRoot: BytePath,
  relativeFolder: string,
  options: WalkOptions = {},
): WalkResult {
  try {
    return withFileErrors(relativeFolder, () => again(() => walkOnce(realRoot, relativeFolder, options)));
  } catch (error) {
    if (!(error instanceof MovedWhileOpened)) throw error;
    throw new DoiError(
      'file_unreadable',
      `${relativeFolder} was moved each time it was about to be read.`,
      'Wait until the repository is at rest; a worker tries again by itself, "doi check" does not.',
      { cause: error },
    );
  }
}

function walkOnce(realRoot: BytePath, relativeFolder: string, options: WalkOptions): WalkResult {
  const at = locate(realRoot, bytePath(relativeFolder));
  if (at.state === 'absent') return { state: 'absent', version: 'absent', newestCtime: 0 };
  const reject = (clause: string, version: string): WalkResult => {
    const reason = `${relativeFolder} ${clause}.`;
    return { state: 'rejected', reason, version, newestCtime: toMs(at.ctimeNs) };
  };
  if (at.state !== 'found') return reject(refusal(at.state), at.version);
  const kind = kindOf(at.stat);
  if (kind !== 'folder') {
    const version = kind === 'file' ? `${statVersion(at.stat)}@file` : statVersion(at.stat);
    return reject(describeWrongKind(kind, 'folder'), at.prefix + version);
  }
  const walk = new Walk(realRoot, options, at.ctimeNs);
  try {
    walk.enter({ path: at.path, size: at.stat.size }, '', 1);
  } catch (error) {
    if (error instanceof OverLimit) return reject(error.message, `over-limit#${error.count}`);
    throw error;
  }
  return walk.result(at.prefix, folderVersion(at.stat));
}

/**
 * Ends a walk at once. `count`: how many were counted when the limit was passed; the counts of two limits differ, so their
 * versions do too.
 */
class OverLimit extends Error {
  readonly count: number;
  constructor(clause: string, count: number) {
    super(clause);
    this.count = count;
  }
}

/** It holds the ctime, since a folder that is moved away and back during a walk changes nothing else. */
function folderVersion({ ino, ctimeNs }: { readonly ino: bigint; readonly ctimeNs: bigint }): string {
  return `folder@${ino}~${ctimeNs}`;
}

// Whether the system shows the path of a descriptor. Once it did, it always will.
let hasDescriptors = false;

function showsDescriptors(held: BytePath): boolean {
  hasDescriptors ||= lstat(held) !== undefined;
  return hasDescriptors;
}

class Walk {
  readonly #realRoot: BytePath;
  readonly #only: (name: BytePath) => boolean;
  readonly #entries: { entry: WalkEntry; raw: BytePath }[] = [];
  #seen = 0;
  #bytes = 0;
  #linkNames = 0;
  #ctimeNs: bigint;

  constructor(realRoot: BytePath, options: WalkOptions, ctimeNs: bigint) {
    this.#realRoot = realRoot;
    this.#only = options.only ?? (() => true);
    this.#ctimeNs = ctimeNs;
  }

  /** @param below the path of the folder below the one walked, with a `/` at its end; empty for that one itself */
  enter({ path: folder, size }: Folder, below: BytePath, depth: number): void {
    const visit = (fd: number) => {
      // Names that are read through the descriptor are of the folder that was checked, wherever that is moved.
      const held = `${DESCRIPTORS}/${fd}`;
      const base = showsDescriptors(held) ? held : folder;
      for (const name of this.#names({ path: base, size }, depth))
        this.#add({ base, folder, name, below }, depth);
    };
    openInside(this.#realRoot, { path: folder, folder: true }, visit);
  }

  #names(folder: Folder, depth: number): BytePath[] {
    const names: BytePath[] = [];
    for (const name of readNames(folder)) {
      if (depth > WALK_LIMITS.depth) throw new OverLimit('has more than 5 levels of folders', depth);
      this.#seen += 1;
      if (this.#seen > WALK_LIMITS.entries) throw new OverLimit('has more than 5,000 entries', this.#seen);
      names.push(name);
    }
    // One character is one byte, so this is the order of the bytes.
    return names.sort();
  }

  #add(at: { base: BytePath; folder: BytePath; name: BytePath; below: BytePath }, depth: number): void {
    const stat = lstat(joinPath(at.base, at.name));
    // Removed after the folder was listed.
    if (stat === undefined) return;
    const raw = at.below + at.name;
    if (stat.isDirectory()) {
      this.#push(
        raw,
        { kind: 'folder', target: 'folder', version: folderVersion(stat), size: 0 },
        stat.ctimeNs,
      );
      this.enter({ path: joinPath(at.folder, at.name), size: stat.size }, `${raw}/`, depth + 1);
    } else if (this.#only(at.name)) {
      if (stat.isSymbolicLink()) {
        const end = follow(this.#realRoot, joinPath(at.folder, at.name), stat);
        this.#linkNames += end.names;
        if (this.#linkNames > WALK_LIMITS.linkNames)
          throw new OverLimit('has links over more than 10,000 names', this.#linkNames);
        const found = end.state === 'found';
        const target = found ? kindOf(end.stat) : end.state;
        const size = found && target === 'file' ? Number(end.stat.size) : 0;
        const version = found ? end.prefix + statVersion(end.stat) : end.version;
        this.#push(raw, { kind: 'link', target, version, size }, end.ctimeNs);
      } else {
        const target = kindOf(stat);
        const kind = target === 'file' ? target : 'other';
        const size = kind === 'file' ? Number(stat.size) : 0;
        this.#push(raw, { kind, target, version: statVersion(stat), size }, stat.ctimeNs);
      }
    }
  }

  #push(raw: BytePath, what: Omit<WalkEntry, 'path' | 'bytes'>, ctimeNs: bigint): void {
    this.#bytes += what.size;
    if (this.#bytes > WALK_LIMITS.bytes) throw new OverLimit('has more than 16 MiB of files', this.#bytes);
    this.#ctimeNs = newest(this.#ctimeNs, ctimeNs);
    this.#entries.push({ raw, entry: { path: shownPath(raw), bytes: toBytes(raw), ...what } });
  }

  /** @param prefix of the links on the path to the folder @param own the folder's own version */
  result(prefix: string, own: string): WalkResult {
    const makeVersion = () => this.#version(prefix + own);
    let version: string | undefined;
    return {
      state: 'present',
      entries: this.#entries.map(({ entry }) => entry),
      prefix,
      get version() {
        version ??= makeVersion();
        return version;
      },
      newestCtime: toMs(this.#ctimeNs),
    };
  }

  #version(own: string): string {
    // Neither names nor versions hold NUL, so no two states give the same text.
    const parts = this.#entries.map(({ raw, entry }) => `${raw}\0${entry.version}\0`);
    return `${this.#entries.length}#${digest16(toBytes(`${own}\0${parts.join('')}`))}`;
  }
}

/** Milliseconds since the epoch, with fractions. */
export function toMs(ns: bigint): number {
  return Number(ns / 1_000n) / 1_000;
}
