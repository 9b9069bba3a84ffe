/**
 * Keeps watches on the folders of checkouts, as many as the system allows. Promise: when the system runs out of watches,
 * the checkouts that changed last keep theirs.
 */
import { type FSWatcher, type WatchListener, watch as watchFolder } from 'node:fs';
import { toBytes } from '../checkout/byte-path.js';
import { EVENT_FOLDERS, type FoundFolders } from '../inputs/probe/find-folders.js';

export type WatchFolder = (
  path: Buffer,
  options: { readonly persistent: boolean },
  listener: WatchListener<string>,
) => Pick<FSWatcher, 'on' | 'close'>;

export interface FolderWatchOptions {
  /** Called when something happened in a folder of this repository. */
  readonly onEvent: (repoId: string) => void;
  /** Another way to watch, for tests. */
  readonly watch?: WatchFolder;
}

/** How many repositories are watched, and how many are not because the system has no watches left. */
export interface WatchCounts {
  readonly watched: number;
  readonly left: number;
  /** The system's error code for that; undefined while there are enough. */
  readonly code: string | undefined;
}

interface Armed {
  readonly id: string;
  readonly watcher: Pick<FSWatcher, 'close'>;
}

interface Kept {
  folders: FoundFolders;
  /** When it changed last, in milliseconds since the epoch. */
  changedAt: number;
  /** One for each of EVENT_FOLDERS; undefined where none is watched. */
  readonly armed: (Armed | undefined)[];
}

// No watch, no inotify instance, or no open file of the process or the system is left.
const USED_UP: ReadonlySet<string> = new Set(['ENOSPC', 'EMFILE', 'ENFILE']);
/** How long one piece of arming or closing may hold up everything else, in milliseconds. */
const PIECE_MS = 5;

export class FolderWatches {
  readonly #onEvent: (repoId: string) => void;
  readonly #watch: WatchFolder;
  readonly #kept = new Map<string, Kept>();
  /** Repositories with a folder that exists and is not watched. */
  readonly #lacking = new Set<string>();
  #code: string | undefined;
  #closed = false;

  constructor({ onEvent, watch }: FolderWatchOptions) {
    this.#onEvent = onEvent;
    // `fs.watch` takes a path as bytes, which its types leave out.
    this.#watch = watch ?? (watchFolder as unknown as WatchFolder);
  }

  get counts(): WatchCounts {
    const left = this.#code === undefined ? 0 : this.#lacking.size;
    return { watched: this.#kept.size - left, left, code: this.#code };
  }

  has(repoId: string): boolean {
    return this.#kept.has(repoId);
  }

  ids(): string[] {
    return [...this.#kept.keys()];
  }

  /** Notes the folders of a repository as a probe found them. Closes the watches of those that are gone or replaced. */
  note(repoId: string, folders: FoundFolders, changedAt: number): void {
    if (this.#closed) return;
    const kept = this.#kept.get(repoId) ?? { folders, changedAt, armed: [] };
    kept.folders = folders;
    // The time of an event stays: an event may come without a change of an input, such as one of a log file.
    kept.changedAt = Math.max(kept.changedAt, changedAt);
    this.#kept.set(repoId, kept);
    kept.armed.forEach((armed, at) => {
      if (armed !== undefined && armed.id !== folders.ids[at]) closeWatch(kept, at);
    });
    this.#mark(repoId, kept);
  }

  /** Notes an event: this repository goes before those that had none. */
  touch(repoId: string, at: number): void {
    const kept = this.#kept.get(repoId);
    if (kept !== undefined) kept.changedAt = Math.max(kept.changedAt, at);
  }

  forget(repoId: string): void {
    const kept = this.#kept.get(repoId);
    if (kept === undefined) return;
    this.#kept.delete(repoId);
    this.#lacking.delete(repoId);
    closeAll(kept);
  }

  /**
   * Watches what is not watched yet, the repositories that changed last before all others: where the system has no watch
   * left, it closes watches of the repositories that changed longest ago.
   * @returns repositories with a folder that was not watched before: no event reported what happened there meanwhile
   */
  async arm(repoIds: Iterable<string> = this.#lacking): Promise<string[]> {
    const newly: string[] = [];
    const wanting = [...repoIds].filter((id) => this.#lacking.has(id));
    const order = this.#byChange(wanting).reverse();
    const givers: { from: string[] | undefined } = { from: undefined };
    this.#code = this.#lacking.size > wanting.length ? this.#code : undefined;
    let since = performance.now();
    for (const repoId of order) {
      const { isNew, isDone } = this.#armOne(repoId, givers);
      if (isNew) newly.push(repoId);
      if (!isDone) break;
      if (performance.now() - since > PIECE_MS) {
        await nextTurn();
        since = performance.now();
      }
    }
    return newly;
  }

  /** Closes all watches. */
  async close(): Promise<void> {
    this.#closed = true;
    let since = performance.now();
    for (const repoId of this.ids()) {
      this.forget(repoId);
      if (performance.now() - since > PIECE_MS) {
        await nextTurn();
        since = performance.now();
      }
    }
  }

  /** @returns `isNew`: whether a folder is watched now that was not; `isDone`: whether the system has watches left */
  #armOne(repoId: string, givers: { from: string[] | undefined }): { isNew: boolean; isDone: boolean } {
    const kept = this.#kept.get(repoId);
    let isNew = false;
    // The repository may have been forgotten while other work ran.
    if (kept === undefined) return { isNew, isDone: true };
    for (let at = 0; at < EVENT_FOLDERS.length; at += 1) {
      const id = kept.folders.ids[at] ?? null;
      if (id === null || kept.armed[at] !== undefined) continue;
      let end = this.#armFolder(repoId, kept, { at, id });
      while (end === 'used-up' && this.#takeFrom(kept, givers)) {
        end = this.#armFolder(repoId, kept, { at, id });
      }
      if (end === 'used-up') return { isNew, isDone: false };
      isNew ||= end === 'armed';
    }
    this.#mark(repoId, kept);
    return { isNew, isDone: true };
  }

  #armFolder(
    repoId: string,
    kept: Kept,
    { at, id }: { at: number; id: string },
  ): 'armed' | 'gone' | 'used-up' {
    const path = toBytes([kept.folders.root, EVENT_FOLDERS[at]].filter(Boolean).join('/'));
    try {
      // An event of any file counts: through a link, any file may be an input.
      const watcher = this.#watch(path, { persistent: false }, () => this.#onEvent(repoId));
      watcher.on('error', () => {
        // This watch reports no more events. After the next probe the folder is watched again.
        if (kept.armed[at]?.watcher === watcher) closeWatch(kept, at);
        if (this.#kept.get(repoId) === kept) this.#mark(repoId, kept);
      });
      kept.armed[at] = { id, watcher };
      return 'armed';
    } catch (error) {
      const code = error instanceof Error ? (error as NodeJS.ErrnoException).code : undefined;
      if (code === undefined) throw error;
      if (!USED_UP.has(code)) return 'gone';
      this.#code = code;
      return 'used-up';
    }
  }

  /** Closes the watches of the repository that changed longest ago, if it changed before the one that needs a watch. */
  #takeFrom(taker: Kept, givers: { from: string[] | undefined }): boolean {
    givers.from ??= this.#byChange(this.#kept.keys());
    for (let giver = givers.from.shift(); giver !== undefined; giver = givers.from.shift()) {
      const kept = this.#kept.get(giver);
      if (kept === undefined || !kept.armed.some(Boolean)) continue;
      if (kept.changedAt >= taker.changedAt) return false;
      closeAll(kept);
      this.#mark(giver, kept);
      return true;
    }
    return false;
  }

  /** Orders ids by the time of their change, the one that changed longest ago first. */
  #byChange(repoIds: Iterable<string>): string[] {
    const at = (id: string) => this.#kept.get(id)?.changedAt ?? 0;
    return [...repoIds].sort((one, other) => at(one) - at(other));
  }

  #mark(repoId: string, { folders, armed }: Kept): void {
    const isLacking = folders.ids.some((id, at) => id !== null && armed[at] === undefined);
    if (isLacking) this.#lacking.add(repoId);
    else this.#lacking.delete(repoId);
  }
}

function closeWatch(kept: Kept, at: number): void {
  kept.armed[at]?.watcher.close();
  kept.armed[at] = undefined;
}

function closeAll(kept: Kept): void {
  for (let at = 0; at < kept.armed.length; at += 1) closeWatch(kept, at);
}

/** Resolves when the event loop has handled what was waiting, so that long work in pieces delays nothing else. */
export function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
