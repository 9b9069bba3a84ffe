/**
 * Plans what a checker is given of a commit: `workplans`, and what the operator names. Promise: no name leads out of the
 * folder that is laid out, and a link only within it.
 */
import { posix } from 'node:path';
import { type BytePath, isInside, shownPath } from '../../checkout/byte-path.js';
import { MAX_LINK_NAMES, type UnsafeLink } from '../../checkout/resolve-link.js';
import { WALK_LIMITS } from '../../checkout/walk.js';
import type { DoiError } from '../../domain/errors.js';
import type { BareTip } from '../../inputs/probe/commit-inputs.js';
import type { ObjectStore } from './object-store.js';
import type { TreeEntry } from './parse-objects.js';
import { plainPath } from './read-inputs.js';
import { unreadable } from './run-git.js';
import { below, type FollowedEntry, type LocatedEntry, TreeFiles } from './tree-files.js';
import { type TreeWalk, walkTree, whyBadName } from './walk-tree.js';

/** Something to write. `path`: relative to the folder that is laid out, after that of the folder it lies in. */
export type LayoutItem =
  | { readonly kind: 'folder'; readonly path: BytePath }
  | { readonly kind: 'file'; readonly path: BytePath; readonly content: Buffer; readonly isProgram: boolean }
  | { readonly kind: 'link'; readonly path: BytePath; readonly target: BytePath };

const { basename } = posix;

/** Part of the tree that is laid out. `at`: where in the layout. `from`: where in the tree. */
interface Part {
  readonly at: BytePath;
  readonly from: BytePath;
  readonly walk?: Extract<TreeWalk, { readonly state: 'present' }>;
  readonly located: LocatedEntry;
}

// Below a device nothing can be.
const OUTSIDE = '/dev/null/outside';

/**
 * Plans a layout.
 * @param extraPaths relative, of plain names
 * @throws {DoiError} `objects_unreadable` where a folder is over a limit, or a path is not a plain one
 */
export function planLayout(store: ObjectStore, tip: BareTip, extraPaths: readonly string[]): LayoutItem[] {
  const planner = new Planner(store, tip);
  const wanted = ['workplans', ...extraPaths.map(plainPath)];
  // What lies in another folder that is laid out is laid out with it.
  const paths = [...new Set(wanted)].filter(
    (path) => path !== '' && !wanted.some((other) => other !== path && other !== '' && isInside(other, path)),
  );
  return planner.plan(paths);
}

class Planner {
  readonly #store: ObjectStore;
  readonly #files: TreeFiles;
  readonly #tip: BareTip;
  #parts: readonly Part[] = [];
  /** A name that nothing in the layout has. */
  #noName = 'missing';

  constructor(store: ObjectStore, tip: BareTip) {
    this.#store = store;
    this.#files = new TreeFiles(store);
    this.#tip = tip;
  }

  plan(paths: readonly BytePath[]): LayoutItem[] {
    this.#parts = this.#store.gather(paths.map((path) => () => this.#part(path)));
    const names = new Set(
      this.#parts
        .flatMap(({ at, walk }) => [at, ...(walk?.entries ?? []).map(({ path }) => path)])
        .map((path) => basename(path)),
    );
    while (names.has(this.#noName)) this.#noName += '-';
    const items = this.#store.gather(
      this.#parts.flatMap((part) => [
        () => this.#item(part.at, part.located),
        ...(part.walk?.entries ?? []).map(
          ({ path, entry, target }) =>
            () =>
              this.#item(
                below(part.at, path),
                target ?? { state: 'found', path: '', entry, prefix: '' },
                target,
              ),
        ),
      ]),
    );
    const there = this.#parts.filter(({ located }) => located.state !== 'absent').map(({ at }) => at);
    return [...foldersAbove(there), ...items.filter((item) => item !== undefined)];
  }

  #part(path: BytePath): Part {
    const bad = path
      .split('/')
      .map(whyBadName)
      .find((why) => why !== undefined);
    if (bad !== undefined) throw this.#refuse(path, bad);
    const located = this.#files.locate(path);
    if (located.state !== 'found') return { at: path, from: path, located };
    if (located.entry.kind === 'file' && this.#store.size(located.entry.id) > WALK_LIMITS.bytes)
      throw this.#refuse(path, 'is larger than 16 MiB');
    const from = located.path;
    if (located.entry.kind !== 'folder') return { at: path, from, located };
    const walk = walkTree({ store: this.#store, files: this.#files }, path, { sizes: true });
    if (walk.state === 'rejected') throw this.#refuse(path, walk.clause);
    return walk.state === 'present' ? { at: path, from, located, walk } : { at: path, from, located };
  }

  /** @param link where the item is a link of the repository, what that leads to */
  #item(path: BytePath, end: LocatedEntry, link?: FollowedEntry): LayoutItem | undefined {
    if (end.state === 'absent') return undefined;
    if (end.state !== 'found') return this.#nowhere(path, end.state);
    const inside = link?.state === 'found' ? this.#inLayout(link.path) : undefined;
    if (inside !== undefined) {
      const target = posix.relative(posix.dirname(path), inside);
      return { kind: 'link', path, target: target === '' ? '.' : target };
    }
    if (end.entry.kind === 'file') return this.#file(path, end.entry);
    // A folder is not read by way of a link, so it need not be there.
    return link === undefined ? { kind: 'folder', path } : this.#nowhere(path, 'outside');
  }

  #file(path: BytePath, { id, mode }: TreeEntry): LayoutItem {
    const isProgram = (Number.parseInt(mode, 8) & 0o100) !== 0;
    return { kind: 'file', path, content: this.#store.blob(id), isProgram };
  }

  /** Where a path of the tree lies in the layout; undefined where it is not laid out. */
  #inLayout(path: BytePath): BytePath | undefined {
    const part = this.#parts.find(({ from, located }) => located.state === 'found' && isBelow(from, path));
    if (part === undefined) return undefined;
    const rest = path.slice(part.from === '' ? 0 : part.from.length + 1);
    return rest === '' ? part.at : below(part.at, rest);
  }

  /** A link that leads nowhere, and that a checker finds as unsafe as the repository's own. */
  #nowhere(path: BytePath, why: UnsafeLink): LayoutItem {
    const long = `${'./'.repeat(MAX_LINK_NAMES + 1)}${this.#noName}`;
    const targets = { outside: OUTSIDE, missing: this.#noName, loop: basename(path), long };
    return { kind: 'link', path, target: targets[why] };
  }

  #refuse(path: BytePath, clause: string): DoiError {
    return unreadable(this.#tip, `${shownPath(path)} ${clause}, so it cannot be given to a checker.`);
  }
}

function isBelow(folder: BytePath, path: BytePath): boolean {
  return folder === '' || isInside(folder, path);
}

/** The folders in which the paths lie, each after the one it lies in. */
function foldersAbove(paths: readonly BytePath[]): LayoutItem[] {
  const folders = new Set<BytePath>();
  for (const path of paths) {
    const names = path.split('/').slice(0, -1);
    for (const [index] of names.entries()) folders.add(names.slice(0, index + 1).join('/'));
  }
  return [...folders].sort().map((path) => ({ kind: 'folder', path }));
}
