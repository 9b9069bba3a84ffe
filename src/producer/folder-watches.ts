/** Keeps watches on the folders of checkouts: as many as the system has, on those that changed last. */
import { type FSWatcher, type WatchListener, watch as watchFolder } from 'node:fs';
import { toBytes } from '../checkout/byte-path.js';
import { EVENT_FOLDERS, type FoundFolders } from '../inputs/probe/find-folders.js';

export type WatchFolder = (
  path: Buffer,
  options: { readonly persistent: boolean },
  listener: WatchListener<string>,
) => Pick<FSWatcher, 'on' | 'close'>;

export interface FolderWatchSettings {
  /** Something happened in a folder of this repository. */
  readonly onEvent: (repoId: string) => void;
  /** Another way to watch, for tests. */
  readonly watch?: WatchFolder;
}

/** How many repositories are watched, and how many are not because the system has no watches left. */
export interface WatchCounts {
  readonly watched: number;
  readonly left: number;
  /** The error that says so; undefined while there are enough. */
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

// Watches and instances that are used up, and files of the process or the system.
const USED_UP: ReadonlySet<string> = new Set(['ENOSPC', 'EMFILE', 'ENFILE']);
/** How long one piece of arming or closing may hold up everything else, in milliseconds. */
const PIECE_MS = 5;

export class FolderWatches {
  readonly #onEvent: (repoId: string) => void;
  readonly #watch: WatchFolder;
  readonly #kept = new Map<string, Kept>();
  /** Those with a folder that is there and not watched. */
  readonly #lacking = new Set<string>();
  #code: string | undefined;
  #closed = false;

  constructor({ onEvent, watch }: FolderWatchSettings) {
    this.#onEvent = onEvent;
    // It takes bytes, which its types leave out.
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

  /** Notes how the folders of a repository were found. Those that are gone or others by now are given up at once. */
  note(repoId: string, folders: FoundFolders, changedAt: number): void {
    if (this.#closed) return;
    const kept = this.#kept.get(repoId) ?? { folders, changedAt, armed: [] };
    kept.folders = folders;
    // The time of an event stays: where a log is written no input changes.
    kept.changedAt = Math.max(kept.changedAt, changedAt);
    this.#kept.set(repoId, kept);
    kept.armed.forEach((armed, at) => {
      if (armed !== undefined && armed.id !== folders.ids[at]) giveUp(kept, at);
    });
    this.#mark(repoId, kept);
  }

  /** A repository that had an event goes before those that had none. */
  touch(repoId: string, at: number): void {
    const kept = this.#kept.get(repoId);
    if (kept !== undefined) kept.changedAt = Math.max(kept.changedAt, at);
  }

  forget(repoId: string): void {
    const kept = this.#kept.get(repoId);
    if (kept === undefined) return;
    this.#kept.delete(repoId);
    this.#lacking.delete(repoId);
    giveUpAll(kept);
  }

  /**
   * Watches what is not watched yet, the repositories that changed last before all others: where the system has no watch
   * left, they are taken from those that changed longest ago.
   * @returns those with a folder that was not watched before: what happened there meanwhile was not seen
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

  /** Gives everything up. */
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

  /** @returns whether a folder is watched that was not, and whether there are watches left */
  #armOne(repoId: string, givers: { from: string[] | undefined }): { isNew: boolean; isDone: boolean } {
    const kept = this.#kept.get(repoId);
    let isNew = false;
    // It may have gone while other work had its turn.
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
      // What happened there does not matter, nor to which file: links lead from any name to any other.
      const watcher = this.#watch(path, { persistent: false }, () => this.#onEvent(repoId));
      watcher.on('error', () => {
        // It tells nothing any more. The next look finds it missing, and watches again.
        if (kept.armed[at]?.watcher === watcher) giveUp(kept, at);
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

  /** Gives up the watched repository that changed longest ago, if that is before the one that wants a watch. */
  #takeFrom(taker: Kept, givers: { from: string[] | undefined }): boolean {
    givers.from ??= this.#byChange(this.#kept.keys());
    for (let giver = givers.from.shift(); giver !== undefined; giver = givers.from.shift()) {
      const kept = this.#kept.get(giver);
      if (kept === undefined || !kept.armed.some(Boolean)) continue;
      if (kept.changedAt >= taker.changedAt) return false;
      giveUpAll(kept);
      this.#mark(giver, kept);
      return true;
    }
    return false;
  }

  /** Ids by when they changed, the one that changed longest ago first. */
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

function giveUp(kept: Kept, at: number): void {
  kept.armed[at]?.watcher.close();
  kept.armed[at] = undefined;
}

function giveUpAll(kept: Kept): void {
  for (let at = 0; at < kept.armed.length; at += 1) giveUp(kept, at);
}

/* Lets the event loop turn, so that long work in pieces holds up nothing else. */

/** Resolves when the loop has handled what was waiting. */
export function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
