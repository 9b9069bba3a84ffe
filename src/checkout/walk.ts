/** Walks a folder of a checkout: every entry with its version, no link followed, and never beyond the limits. */
import { DoiError } from '../domain/errors.js';
import { withFileErrors } from '../platform/file-errors.js';
import { type BytePath, bytePath, digest16, joinPath, shownPath, toBytes } from './byte-path.js';
import { type FileKind, follow, kindOf, locate, newest, statVersion } from './locate.js';
import { lstat } from './lstat.js';
import { again, DESCRIPTORS, MovedWhileOpened, openInside } from './open-inside.js';
import { describeWrongKind, refusal } from './read-inside.js';
import { type Folder, readNames } from './read-names.js';
import type { UnsafeLink } from './resolve-link.js';

/**
 * The limits of a walk. A folder over a limit is not read to its end, and a criterion fails it. `linkNames`: names resolved
 * in all for links. No two limits have the same count, because the count is the version.
 */
export const WALK_LIMITS = {
  entries: 5_000,
  depth: 5,
  bytes: 16 * 1024 * 1024,
  linkNames: 10_000,
} as const;

export interface WalkEntry {
  /** Below the walked folder, `/` between names, safe to show; open `bytes`, not this. */
  readonly path: string;
  /** The same path as bytes. */
  readonly bytes: Buffer;
  readonly kind: 'file' | 'folder' | 'link' | 'other';
  /** What a link leads to, or the exact kind of an `other`; else the entry's own kind. */
  readonly target: FileKind | UnsafeLink;
  /** A link's version holds its target's. A folder's is its inode and ctime, because its content has entries of its own. */
  readonly version: string;
  /** In bytes; 0 for anything but a file or a link to one. */
  readonly size: number;
}

export type WalkResult =
  | {
      readonly state: 'present';
      /** Each folder's entries in the order of their names' bytes, a sub-folder's right after it. */
      readonly entries: readonly WalkEntry[];
      /** The versions of the links that lead to the folder, which precede the version of a file that is read through them. */
      readonly prefix: string;
      /** Made when first read. */
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
  /** Which names count; folders always do. Other names are skipped, but each counts as one entry read. */
  readonly only?: (name: BytePath) => boolean;
}

/**
 * Walks `relativeFolder` of a checkout. If a part of that path is a link, it must end inside the checkout.
 * @param realRoot the real path of the checkout's folder
 * @throws {DoiError} `file_unreadable` or `host_exhausted` where something broke
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
      'Wait until the repository is at rest; the worker tries again by itself.',
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

/** Ends a walk at once. `count` is the number that reached the limit, so that no two limits share a version. */
class OverLimit extends Error {
  readonly count: number;
  constructor(clause: string, count: number) {
    super(clause);
    this.count = count;
  }
}

/** With the ctime, because a folder that is moved away and back during the read changes nothing else. */
function folderVersion({ ino, ctimeNs }: { readonly ino: bigint; readonly ctimeNs: bigint }): string {
  return `folder@${ino}~${ctimeNs}`;
}

// Whether the system shows the path of a descriptor; stays true once it has.
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

  /** @param below the folder's path below the walked one, with a final `/`; empty for the walked one itself */
  enter({ path: folder, size }: Folder, below: BytePath, depth: number): void {
    const visit = (fd: number) => {
      // Through the descriptor, names and entries are those of the folder that was checked, even if it is moved.
      const held = `${DESCRIPTORS}/${fd}`;
      const base = showsDescriptors(held) ? held : folder;
      for (const name of this.#names({ path: base, size }, depth))
        this.#add({ base, folder, name, below }, depth);
    };
    openInside(this.#realRoot, folder, visit, { folder: true });
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
    // Removed since the folder was listed.
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

  /** @param prefix of the links that lead to the folder; `own`: its own version */
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
    // Names and versions hold no NUL, so two states never have the same text.
    const parts = this.#entries.map(({ raw, entry }) => `${raw}\0${entry.version}\0`);
    return `${this.#entries.length}#${digest16(toBytes(`${own}\0${parts.join('')}`))}`;
  }
}

/** Milliseconds since the epoch, with fractions. */
export function toMs(ns: bigint): number {
  return Number(ns / 1_000n) / 1_000;
}
