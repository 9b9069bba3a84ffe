/**
 * Finds files and folders in the tree of a commit, as `locate` does in a checkout. Promise: a link is followed only where it
 * ends inside the tree.
 */
import type { BytePath } from '../../checkout/byte-path.js';
import { type LinkFiles, MAX_LINK_NAMES, resolveLink, type UnsafeLink } from '../../checkout/resolve-link.js';
import type { ObjectStore } from './object-store.js';
import { MalformedObject, type Tree, type TreeEntry } from './parse-objects.js';

/** Something in the tree. `path`: where it really is, relative to the tree; empty for the tree itself. */
export interface FoundEntry {
  readonly state: 'found';
  readonly path: BytePath;
  readonly entry: TreeEntry;
  /** The part of its version that comes from the links on the path; empty without a link. */
  readonly prefix: string;
}
export interface UnsafeEntry {
  readonly state: UnsafeLink;
  readonly version: string;
}
export type LocatedEntry = FoundEntry | UnsafeEntry | { readonly state: 'absent' };

/** What a link leads to, and how many names were read to resolve it. */
export type FollowedEntry = (FoundEntry | UnsafeEntry) & { readonly names: number };

// Above it is what lies outside. Neither names in a tree nor the texts of links hold NUL, so no link leads back in.
const ROOT = '/\0';
const NO_NAME = '\0';

export class TreeFiles {
  readonly #store: ObjectStore;
  readonly #known = new Map<BytePath, TreeEntry | undefined>();
  #steps = 0;

  constructor(store: ObjectStore) {
    this.#store = store;
  }

  /** How many names were read to follow links. */
  get steps(): number {
    return this.#steps;
  }

  /** What stands at a path, no link followed; undefined where nothing is there. @param path plain names joined by `/` */
  entry(path: BytePath): TreeEntry | undefined {
    if (path === '') return { kind: 'folder', mode: '40000', id: this.#store.commit().tree };
    if (this.#known.has(path)) return this.#known.get(path);
    const cut = path.lastIndexOf('/');
    const folder = this.entry(path.slice(0, Math.max(cut, 0)));
    const entry = folder?.kind === 'folder' ? this.#entries(folder.id).get(path.slice(cut + 1)) : undefined;
    this.#known.set(path, entry);
    return entry;
  }

  #entries(id: string): Tree['entries'] {
    const tree = this.#store.tree(id);
    if (tree === undefined)
      throw new MalformedObject('A folder on the way to an input has too many entries.');
    return tree.entries;
  }

  /** Follows a path down from the tree, links included. */
  locate(path: BytePath): LocatedEntry {
    let at: FoundEntry | undefined;
    for (const name of path.split('/')) {
      const plain: BytePath = below(at?.path ?? '', name);
      const entry = this.entry(plain);
      if (entry === undefined) return { state: 'absent' };
      const prefix: string = at?.prefix ?? '';
      const end = entry.kind === 'link' ? this.follow(plain, entry) : found(plain, entry);
      if (end.state !== 'found') return { state: end.state, version: prefix + end.version };
      at = { ...end, prefix: prefix + end.prefix };
    }
    return at ?? { state: 'absent' };
  }

  /** Follows one link, and further links on its path, to the end. */
  follow(path: BytePath, link: TreeEntry): FollowedEntry {
    const target = resolveLink(ROOT, `${ROOT}/${path}`, this.#files);
    const own = entryVersion(link);
    const { names } = target;
    if ('unsafe' in target) return { state: target.unsafe, version: `${own}@${target.unsafe}`, names };
    const end = target.path.slice(ROOT.length + 1);
    const entry = this.entry(end);
    if (entry === undefined) return { state: 'missing', version: `${own}@missing`, names };
    return { ...found(end, entry), prefix: `${own}@`, names };
  }

  readonly #files: LinkFiles = {
    lstat: (path) => {
      this.#steps += 1;
      // Nothing is known of what lies outside.
      if (!path.startsWith(`${ROOT}/`)) return undefined;
      const kind = this.entry(path.slice(ROOT.length + 1))?.kind;
      if (kind === undefined) return undefined;
      // The folder of a submodule is empty where its own repository is not there.
      const isDirectory = kind === 'folder' || kind === 'submodule';
      return { isSymbolicLink: () => kind === 'link', isDirectory: () => isDirectory };
    },
    readLink: (path) => {
      const entry = this.entry(path.slice(ROOT.length + 1));
      const text = entry === undefined ? '' : this.#store.link(entry.id);
      // More names than are followed.
      if (text === undefined) return '/'.repeat(MAX_LINK_NAMES + 1);
      // No file system has a link without a text.
      return text === '' ? NO_NAME : text;
    },
  };
}

function found(path: BytePath, entry: TreeEntry): FoundEntry {
  return { state: 'found', path, entry, prefix: '' };
}

/** The version of what an entry names, without links. */
export function entryVersion({ kind, mode, id }: TreeEntry): string {
  return `${kind === 'folder' ? 'tree' : mode}:${id}`;
}

/** The path of a name in a folder. @param folder empty for the tree itself */
export function below(folder: BytePath, name: BytePath): BytePath {
  return folder === '' ? name : `${folder}/${name}`;
}
