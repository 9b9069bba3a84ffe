/**
 * Walks a folder of a commit's tree, as `walkFolder` does in a checkout: within the same limits, which it words alike, and
 * in the same order.
 */
import { type BytePath, digest16, shownPath, toBytes } from '../../checkout/byte-path.js';
import { describeWrongKind, refusal } from '../../checkout/read-inside.js';
import { WALK_LIMITS } from '../../checkout/walk.js';
import type { ObjectStore } from './object-store.js';
import type { Tree, TreeEntry } from './parse-objects.js';
import { below, entryVersion, type FollowedEntry, type FoundEntry, type TreeFiles } from './tree-files.js';

/** An entry below the folder walked. */
export interface TreeWalkEntry {
  /** Relative to the folder walked, `/` between the names. */
  readonly path: BytePath;
  readonly entry: TreeEntry;
  /** Of a link. */
  readonly target?: FollowedEntry | undefined;
}

export type TreeWalk =
  | {
      readonly state: 'present';
      /** Where the folder really is. */
      readonly folder: BytePath;
      /** Each folder's entries in the order of their names' bytes, a sub-folder's right after it. */
      readonly entries: readonly TreeWalkEntry[];
      readonly version: string;
    }
  | { readonly state: 'absent'; readonly version: 'absent' }
  /** `clause`: why, to be put after the folder's name. */
  | { readonly state: 'rejected'; readonly clause: string; readonly version: string };

export interface TreeWalkOptions {
  /** Which names get an entry. Folders always do. A name that is left out still counts towards the limit on entries. */
  readonly only?: (name: BytePath) => boolean;
  /** Whether the limit on bytes counts, for which the sizes of all files are read; it changes no version. */
  readonly sizes: boolean;
}

/** Ends a walk. */
class OverLimit extends Error {}

/** @param path plain names joined by `/` */
export function walkTree(
  { store, files }: { readonly store: ObjectStore; readonly files: TreeFiles },
  path: BytePath,
  options: TreeWalkOptions,
): TreeWalk {
  const at = files.locate(path);
  if (at.state === 'absent') return { state: 'absent', version: 'absent' };
  if (at.state !== 'found') return { state: 'rejected', clause: refusal(at.state), version: at.version };
  const version = at.prefix + entryVersion(at.entry);
  const { kind } = at.entry;
  if (kind === 'submodule') return { state: 'rejected', clause: SUBMODULE.folder, version };
  if (kind !== 'folder') return { state: 'rejected', clause: describeWrongKind(kind, 'folder'), version };
  return new Walk(store, files, options).run(at);
}

/** Why a submodule is not what was wanted, as a clause that follows its name. */
export const SUBMODULE = {
  file: 'is a submodule, not a file',
  folder: 'is a submodule, not a folder',
} as const;

const MAX_NAME_BYTES = 255;
/** So many names are read for links before what they need is read: else links that need much would take long again and again. */
const MAX_STEPS = 5_000;

/** Why git would not check out a name, as a clause that follows the name of the folder; undefined where it would. */
export function whyBadName(name: BytePath): string | undefined {
  if (name === '' || name === '.' || name === '..' || name.includes('/') || /^\.git$/i.test(name))
    return `has an entry with a name that no checkout can have (${JSON.stringify(shownPath(name))})`;
  return name.length > MAX_NAME_BYTES ? `has a name of more than ${MAX_NAME_BYTES} bytes` : undefined;
}

class Walk {
  readonly #store: ObjectStore;
  readonly #files: TreeFiles;
  readonly #only: (name: BytePath) => boolean;
  readonly #sizes: boolean;
  /** What the links lead to is no part of the folder's own tree. */
  #links = '';

  constructor(store: ObjectStore, files: TreeFiles, { only = () => true, sizes }: TreeWalkOptions) {
    this.#store = store;
    this.#files = files;
    this.#only = only;
    this.#sizes = sizes;
  }

  run(at: FoundEntry): TreeWalk {
    const version = () => {
      const more = at.prefix + this.#links;
      return entryVersion(at.entry) + (more === '' ? '' : `@${digest16(toBytes(more))}`);
    };
    try {
      const entries = this.#follow(at.path, this.#list(this.#collect(at.entry.id), '', at.entry.id));
      this.#count(entries);
      return { state: 'present', folder: at.path, entries, version: version() };
    } catch (error) {
      if (!(error instanceof OverLimit)) throw error;
      return { state: 'rejected', clause: error.message, version: version() };
    }
  }

  /** Reads the folders level by level, so that those of one level are read at once. */
  #collect(id: string): Map<string, Tree> {
    const trees = new Map<string, Tree>();
    let level = [id];
    let seen = 0;
    for (let depth = 1; level.length > 0; depth += 1) {
      const read = this.#store.gather([...new Set(level)].map((one) => () => this.#read(one)));
      for (const { id: one, tree } of read) trees.set(one, tree);
      const next: string[] = [];
      for (const one of level) {
        const entries = trees.get(one)?.entries ?? new Map<BytePath, TreeEntry>();
        seen += entries.size;
        if (entries.size > 0 && depth > WALK_LIMITS.depth)
          throw new OverLimit('has more than 5 levels of folders');
        if (seen > WALK_LIMITS.entries) throw new OverLimit('has more than 5,000 entries');
        for (const entry of entries.values()) if (entry.kind === 'folder') next.push(entry.id);
      }
      level = next;
    }
    return trees;
  }

  #read(id: string): { readonly id: string; readonly tree: Tree } {
    const tree = this.#store.tree(id);
    if (tree === undefined)
      throw new OverLimit(`has more than 5,000 entries, or names of more than ${MAX_NAME_BYTES} bytes`);
    return { id, tree };
  }

  #list(trees: ReadonlyMap<string, Tree>, at: BytePath, id: string): TreeWalkEntry[] {
    const { entries, twice } = trees.get(id) ?? { entries: new Map<BytePath, TreeEntry>() };
    if (twice !== undefined)
      throw new OverLimit(`has two entries of one name (${JSON.stringify(shownPath(twice))})`);
    // One character is one byte, so this is the order of the bytes.
    return [...entries.keys()].sort().flatMap((name) => {
      const bad = whyBadName(name);
      if (bad !== undefined) throw new OverLimit(bad);
      const entry = entries.get(name);
      if (entry === undefined) return [];
      const path = at + name;
      if (entry.kind === 'folder') return [{ path, entry }, ...this.#list(trees, `${path}/`, entry.id)];
      return entry.kind === 'submodule' || this.#only(name) ? [{ path, entry }] : [];
    });
  }

  #follow(folder: BytePath, entries: readonly TreeWalkEntry[]): TreeWalkEntry[] {
    let names = 0;
    const from = this.#files.steps;
    const follow = (one: TreeWalkEntry): TreeWalkEntry => {
      if (one.entry.kind !== 'link') return one;
      const target = this.#files.follow(below(folder, one.path), one.entry);
      names += target.names;
      if (names > WALK_LIMITS.linkNames) {
        // Which links were followed before depends on what was read.
        this.#links = 'over';
        throw new OverLimit('has links over more than 10,000 names');
      }
      this.#links += `${one.path}\0${targetVersion(target)}\0`;
      return { ...one, target };
    };
    return this.#store.gather(
      entries.map((one) => () => follow(one)),
      () => this.#files.steps - from > MAX_STEPS,
    );
  }

  #count(entries: readonly TreeWalkEntry[]): void {
    if (!this.#sizes) return;
    const files = entries.map(fileOf).filter((entry) => entry !== undefined);
    const sizes = this.#store.gather(
      files.map(
        ({ id }) =>
          () =>
            this.#store.size(id),
      ),
    );
    const bytes = sizes.reduce((sum, size) => sum + size, 0);
    if (bytes > WALK_LIMITS.bytes) throw new OverLimit('has more than 16 MiB of files');
  }
}

function targetVersion(target: FollowedEntry): string {
  return target.state === 'found' ? target.prefix + entryVersion(target.entry) : target.version;
}

/** The file that an entry is or leads to. */
export function fileOf({ entry, target }: TreeWalkEntry): TreeEntry | undefined {
  const end = target === undefined ? entry : target.state === 'found' ? target.entry : undefined;
  return end?.kind === 'file' ? end : undefined;
}
