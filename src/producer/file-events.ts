/** File system events: a change in a watched folder of a checkout makes this host look at that repository at once. */
import type { Clock } from '../platform/clock.js';
import type { Log } from '../platform/log.js';
import { endsWithin } from '../platform/process/ends-within.js';
import type { Wake } from '../queue/waker.js';
import { FolderWatches, type WatchFolder } from './folder-watches.js';
import { KeyedThrottle } from './keyed-throttle.js';
import type { Look } from './look.js';
import { type FollowDependencies, probeAndRequest } from './request-after-probe.js';
import { PAGE, type WatchObserver } from './watch.js';

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
/** A look that took longer than this, in milliseconds, goes apart from now on, so that no other repository waits for it. */
const SLOW_MS = 50;
/** How much longer than its last look the pause of such a repository is, and how long it is at most, in milliseconds. */
const SLOW_PAUSE = { times: 20, mostMs: 5000 };
/** How long to wait after a look that failed, at first and at most, in milliseconds. */
const ERROR_PAUSE_MS = { first: 1000, most: 15_000 };
/**
 * How long a checkout that vanished, or could not be read, is looked at again, ever more rarely; then the watch's timer
 * is enough.
 */
const LONGEST_PAUSE_MS = 15_000;
const CLOSE_MS = 1000;

/**
 * Looks at repositories when something happens in them. An event says only that it is time to look: what changed is
 * found out as at any other look, and what events miss is seen by the watch's next one.
 */
export class FileEvents implements WatchObserver {
  readonly #deps: FileEventSettings['deps'];
  readonly #log: Log;
  readonly #quick: KeyedThrottle;
  readonly #slow: KeyedThrottle;
  /** How long the last look at a slow repository took, in milliseconds. */
  readonly #costs = new Map<string, number>();
  readonly #watches: FolderWatches;
  /** How long to wait, by id, before the next look at what could not be seen: nothing tells when it can be again. */
  readonly #unseen = new Map<string, number>();
  readonly #stop = new AbortController();
  readonly #running: Promise<unknown>;
  #saidLeft = 0;

  /** Begins at once; what to watch it is told by the looks of a watch. */
  constructor({ deps, log, watch }: FileEventSettings) {
    this.#deps = { ...deps, folders: true };
    this.#log = log;
    const everyMs = (id: string) => {
      const pause = (this.#costs.get(id) ?? 0) * SLOW_PAUSE.times;
      return Math.max(EVERY_MS, Math.min(pause, SLOW_PAUSE.mostMs));
    };
    this.#quick = new KeyedThrottle({ clock: deps.clock, everyMs });
    this.#slow = new KeyedThrottle({ clock: deps.clock, everyMs });
    const onEvent = (repoId: string) => {
      this.#watches.touch(repoId, deps.clock.now());
      this.#add(repoId);
    };
    this.#watches = new FolderWatches({ onEvent, ...(watch === undefined ? {} : { watch }) });
    this.#running = Promise.all([this.#run(this.#quick), this.#run(this.#slow)]);
  }

  saw(looks: readonly Look[]): void {
    for (const look of looks) this.#note(look);
  }

  async sawAll(repoIds: ReadonlySet<string>): Promise<void> {
    for (const id of this.#watches.ids()) if (!repoIds.has(id)) this.#forget(id);
    this.#lookAgain(await this.#watches.arm());
    this.#report();
  }

  /** Stops looking, and gives the watches back. */
  async close(): Promise<void> {
    this.#stop.abort();
    await endsWithin(this.#running, CLOSE_MS);
    await this.#watches.close();
  }

  #add(repoId: string, afterMs = 0): void {
    (this.#costs.has(repoId) ? this.#slow : this.#quick).add(repoId, afterMs);
  }

  async #run(queue: KeyedThrottle): Promise<void> {
    const { signal } = this.#stop;
    let pause = ERROR_PAUSE_MS.first;
    while (!signal.aborted) {
      // Meanwhile events go on collecting.
      const ids = await queue.take(PAGE, signal);
      try {
        if (ids.length > 0) await this.#look(ids);
        pause = ERROR_PAUSE_MS.first;
      } catch (error) {
        if (pause === ERROR_PAUSE_MS.first)
          this.#log.warn({ error }, 'a look after a file system event failed; it is tried again');
        // No further event may come for what these were taken for.
        for (const id of ids) this.#add(id);
        await this.#deps.clock.sleep(pause, signal);
        pause = Math.min(pause * 2, ERROR_PAUSE_MS.most);
      }
    }
  }

  async #look(ids: readonly string[]): Promise<void> {
    const { mine } = await probeAndRequest(this.#deps, ids, (wakes) => this.#deps.wake(wakes));
    const left = new Set(ids);
    for (const look of mine) {
      const { repoId } = look.registry;
      left.delete(repoId);
      this.#note(look);
      // What the event was of is not known yet, and there may be no other one.
      if (look.fingerprint === null && this.#watches.has(repoId)) this.#lookLater(repoId);
    }
    for (const id of left) this.#forget(id);
    this.#lookAgain(await this.#watches.arm(ids));
  }

  #note({ registry: { repoId }, present, folders, changedAt, fingerprint, tookMs }: Look): void {
    // Not probed: what is watched stays.
    if (present === null) return;
    if (tookMs > SLOW_MS) this.#costs.set(repoId, tookMs);
    else this.#costs.delete(repoId);
    if (folders !== null) {
      this.#watches.note(repoId, folders, changedAt);
      if (fingerprint !== null) this.#unseen.delete(repoId);
    } else if (present) this.#forget(repoId);
    else if (this.#watches.has(repoId) || this.#unseen.has(repoId)) {
      this.#watches.forget(repoId);
      this.#lookLater(repoId);
    }
  }

  #lookLater(repoId: string): void {
    const pause = this.#unseen.get(repoId) ?? EVERY_MS;
    if (pause > LONGEST_PAUSE_MS) {
      this.#unseen.delete(repoId);
      return;
    }
    this.#unseen.set(repoId, pause * 2);
    this.#add(repoId, pause);
  }

  #forget(repoId: string): void {
    this.#watches.forget(repoId);
    this.#unseen.delete(repoId);
    this.#costs.delete(repoId);
  }

  /** Between the look that found a folder and its watch, something may have changed there. */
  #lookAgain(repoIds: readonly string[]): void {
    for (const id of repoIds) this.#add(id);
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
