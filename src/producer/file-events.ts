/** File system events: a change in a watched folder of a checkout makes this host look at that repository at once. */
import type { Clock } from '../platform/clock.js';
import type { Log } from '../platform/log.js';
import { settlesWithin } from '../platform/settles-within.js';
import type { Wake } from '../queue/waker.js';
import { FolderWatches, type WatchFolder } from './folder-watches.js';
import { type FollowDependencies, lookAndFollow } from './follow-look.js';
import type { Look } from './look.js';
import { PacedIds } from './paced-ids.js';
import { type Lookout, PAGE } from './watch.js';

export interface FileEventSettings {
  readonly deps: FollowDependencies & {
    readonly clock: Clock;
    readonly wake: (wakes: readonly Wake[]) => Promise<void>;
  };
  readonly log: Log;
  /** Another way to watch a folder, for tests. */
  readonly watch?: WatchFolder;
}

/** Of a repository whose folders change all the time, one look in so many milliseconds is enough. */
const EVERY_MS = 100;
/** How long to leave alone what failed, in milliseconds. */
const ERROR_PAUSE_MS = 1000;
/** How long a checkout that vanished is looked for, ever more rarely; then the watch's timer is enough. */
const LONGEST_PAUSE_MS = 15_000;
const CLOSE_MS = 1000;

/**
 * Looks at repositories when something happens in them. An event says only that it is time to look: what changed is
 * found out as at any other look, and what events miss is seen by the watch's next one.
 */
export class FileEvents implements Lookout {
  readonly #deps: FileEventSettings['deps'];
  readonly #log: Log;
  readonly #ids: PacedIds;
  readonly #watches: FolderWatches;
  /** How long to wait, by id, before the next look for a checkout that has vanished: nothing tells when it is back. */
  readonly #vanished = new Map<string, number>();
  readonly #stop = new AbortController();
  readonly #running: Promise<void>;
  #saidLeft = 0;

  /** Begins at once; what to watch it is told by the looks of a watch. */
  constructor({ deps, log, watch }: FileEventSettings) {
    this.#deps = { ...deps, folders: true };
    this.#log = log;
    this.#ids = new PacedIds({ clock: deps.clock, everyMs: EVERY_MS });
    const onEvent = (repoId: string) => {
      this.#watches.touch(repoId, deps.clock.now());
      this.#ids.add(repoId);
    };
    this.#watches = new FolderWatches({ onEvent, ...(watch === undefined ? {} : { watch }) });
    this.#running = this.#run();
  }

  saw(looks: readonly Look[]): void {
    for (const look of looks) this.#note(look);
  }

  async sawAll(repoIds: ReadonlySet<string>): Promise<void> {
    for (const id of this.#watches.ids()) if (!repoIds.has(id)) this.#watches.forget(id);
    this.#lookAgain(await this.#watches.arm());
    this.#report();
  }

  /** Stops looking, and gives the watches back. */
  async close(): Promise<void> {
    this.#stop.abort();
    await settlesWithin(this.#running, CLOSE_MS);
    await this.#watches.close();
  }

  async #run(): Promise<void> {
    const { signal } = this.#stop;
    while (!signal.aborted) {
      // Meanwhile events go on collecting.
      const ids = await this.#ids.take(PAGE, signal);
      try {
        if (ids.length > 0) await this.#look(ids);
      } catch (error) {
        this.#log.warn({ error }, 'a look after a file system event failed; the watch looks again');
        await this.#deps.clock.sleep(ERROR_PAUSE_MS, signal);
      }
    }
  }

  async #look(ids: readonly string[]): Promise<void> {
    const { mine } = await lookAndFollow(this.#deps, ids, (wakes) => this.#deps.wake(wakes));
    const left = new Set(ids);
    for (const look of mine) {
      left.delete(look.registry.repoId);
      this.#note(look);
    }
    for (const id of left) this.#forget(id);
    this.#lookAgain(await this.#watches.arm(ids));
  }

  #note({ registry: { repoId }, present, folders, changedAt }: Look): void {
    // Not probed: what is watched stays.
    if (present === null) return;
    if (folders !== null) {
      this.#watches.note(repoId, folders, changedAt);
      this.#vanished.delete(repoId);
    } else if (present) this.#forget(repoId);
    else if (this.#watches.has(repoId) || this.#vanished.has(repoId)) this.#seek(repoId);
  }

  #seek(repoId: string): void {
    this.#watches.forget(repoId);
    const pause = this.#vanished.get(repoId) ?? EVERY_MS;
    if (pause > LONGEST_PAUSE_MS) {
      this.#vanished.delete(repoId);
      return;
    }
    this.#vanished.set(repoId, pause * 2);
    this.#ids.add(repoId, pause);
  }

  #forget(repoId: string): void {
    this.#watches.forget(repoId);
    this.#vanished.delete(repoId);
  }

  /** Between the look that found a folder and its watch, something may have changed there. */
  #lookAgain(repoIds: readonly string[]): void {
    for (const id of repoIds) this.#ids.add(id);
  }

  /** Says once how many are not watched, and again when that is much more or much less. */
  #report(): void {
    const { watched, left, code } = this.#watches.counts;
    const said = this.#saidLeft;
    if (left === 0 ? said === 0 : left < said * 2 && left > said / 2) return;
    this.#saidLeft = left;
    if (left === 0) {
      this.#log.info({ watched }, 'all checkouts are watched by file system events again');
      return;
    }
    const limit = code === 'ENOSPC' ? 'fs.inotify.max_user_watches' : 'fs.inotify.max_user_instances';
    const seen = 'edits in them are seen by the watch (DOI_WATCH_SECONDS) alone';
    const remedy = `Raise ${limit} (sysctl)${code === 'ENOSPC' ? '' : ', or the limit on open files'}.`;
    this.#log.warn({ code, watched, left, remedy }, `no watches are left for some checkouts: ${seen}`);
  }
}
