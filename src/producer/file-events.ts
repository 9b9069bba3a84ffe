/** File system events: a change in a watched folder of a checkout makes this host probe that repository at once. */
import type { Now } from '../inputs/now.js';
import type { Clock } from '../platform/clock.js';
import type { Log } from '../platform/log.js';
import { endsWithin } from '../platform/process/ends-within.js';
import type { Wake } from '../queue/waker.js';
import { FolderWatches, type WatchFolder } from './folder-watches.js';
import { KeyedThrottle } from './keyed-throttle.js';
import { type ProbeAndRequestDeps, probeAndRequest } from './request-after-probe.js';
import { PAGE, type WatchObserver } from './watch.js';

export interface FileEventOptions {
  readonly deps: ProbeAndRequestDeps & {
    readonly clock: Clock;
    readonly wake: (wakes: readonly Wake[]) => Promise<void>;
  };
  readonly log: Log;
  /** Another way to watch a folder, for tests. */
  readonly watch?: WatchFolder;
}

/** The least time between two probes of a repository whose folders change all the time, in milliseconds. */
const EVERY_MS = 100;
/** A repository whose probe took longer than this, in milliseconds, is probed apart, so that no other waits for it. */
const SLOW_MS = 50;
/** The pause of a slow repository: so many times as long as its last probe took, and at most so many milliseconds. */
const SLOW_PAUSE = { times: 20, mostMs: 5000 };
/** How long to wait after a database or host error, at first and at most, in milliseconds. */
const ERROR_PAUSE_MS = { first: 1000, most: 15_000 };
/**
 * A checkout that vanished, or could not be read, is probed again after ever longer pauses up to this one; then the
 * passes of the watch are enough.
 */
const LONGEST_PAUSE_MS = 15_000;
const CLOSE_MS = 1000;

/**
 * Probes repositories when something happens in them. An event says only that it is time to probe: the probe finds what
 * changed, and the next pass of the watch finds what events miss.
 */
export class FileEvents implements WatchObserver {
  readonly #deps: FileEventOptions['deps'];
  readonly #log: Log;
  readonly #quick: KeyedThrottle;
  readonly #slow: KeyedThrottle;
  /** How long the last probe of a slow repository took, in milliseconds. */
  readonly #costs = new Map<string, number>();
  readonly #watches: FolderWatches;
  /** By id: the pause before the next probe of a checkout that could not be read. No event says when it can be again. */
  readonly #unread = new Map<string, number>();
  readonly #stop = new AbortController();
  readonly #running: Promise<unknown>;
  #reportedLeft = 0;

  /** Begins at once; it watches the folders that passes and its own probes have found. */
  constructor({ deps, log, watch }: FileEventOptions) {
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

  probed(mine: readonly Now[]): void {
    for (const now of mine) this.#note(now);
  }

  async passed(repoIds: ReadonlySet<string>): Promise<void> {
    for (const id of this.#watches.ids()) if (!repoIds.has(id)) this.#forget(id);
    this.#probeAgain(await this.#watches.arm());
    this.#report();
  }

  /** Stops, and closes all watches. */
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
      // While the code below runs, the queue goes on collecting events.
      const ids = await queue.take(PAGE, signal);
      try {
        if (ids.length > 0) await this.#probe(ids);
        pause = ERROR_PAUSE_MS.first;
      } catch (error) {
        if (pause === ERROR_PAUSE_MS.first)
          this.#log.warn({ error }, 'probing after a file system event failed; the worker retries it');
        // No further event may come for these repositories, so they stay in the queue.
        for (const id of ids) this.#add(id);
        await this.#deps.clock.sleep(pause, signal);
        pause = Math.min(pause * 2, ERROR_PAUSE_MS.most);
      }
    }
  }

  async #probe(ids: readonly string[]): Promise<void> {
    const { mine } = await probeAndRequest(this.#deps, ids, (wakes) => this.#deps.wake(wakes));
    const left = new Set(ids);
    for (const now of mine) {
      const { repoId } = now.registry;
      left.delete(repoId);
      this.#note(now);
      // The change behind the event is not known yet, and there may be no other event.
      if (now.fingerprint === null && this.#watches.has(repoId)) this.#probeLater(repoId);
    }
    for (const id of left) this.#forget(id);
    this.#probeAgain(await this.#watches.arm(ids));
  }

  #note({ registry: { repoId }, probe, fingerprint }: Now): void {
    // The checkout was not read, so its watches stay as they are.
    if (probe === null || probe.checkout === null) return;
    const { folders, newestCtimes, tookMs } = probe;
    if (tookMs > SLOW_MS) this.#costs.set(repoId, tookMs);
    else this.#costs.delete(repoId);
    if (folders !== null) {
      this.#watches.note(repoId, folders, Math.max(0, ...Object.values(newestCtimes)));
      if (fingerprint !== null) this.#unread.delete(repoId);
    } else if (probe.checkout.state === 'present') this.#forget(repoId);
    else if (this.#watches.has(repoId) || this.#unread.has(repoId)) {
      this.#watches.forget(repoId);
      this.#probeLater(repoId);
    }
  }

  #probeLater(repoId: string): void {
    const pause = this.#unread.get(repoId) ?? EVERY_MS;
    if (pause > LONGEST_PAUSE_MS) {
      this.#unread.delete(repoId);
      return;
    }
    this.#unread.set(repoId, pause * 2);
    this.#add(repoId, pause);
  }

  #forget(repoId: string): void {
    this.#watches.forget(repoId);
    this.#unread.delete(repoId);
    this.#costs.delete(repoId);
  }

  /** Probes again: between the probe that found a folder and the watch on it, something may have changed there. */
  #probeAgain(repoIds: readonly string[]): void {
    for (const id of repoIds) this.#add(id);
  }

  /** Logs once how many are not watched, and again when that number has doubled or halved. */
  #report(): void {
    const { watched, left, code } = this.#watches.counts;
    const before = this.#reportedLeft;
    if (left === 0 ? before === 0 : left < before * 2 && left > before / 2) return;
    this.#reportedLeft = left;
    if (left === 0) {
      this.#log.info({ watched }, 'all checkouts are watched by file system events again');
      return;
    }
    const limit = code === 'ENOSPC' ? 'fs.inotify.max_user_watches' : 'fs.inotify.max_user_instances';
    const consequence = 'only the passes of the watch (DOI_WATCH_SECONDS) notice edits in them';
    const remedy = `Raise ${limit} (sysctl)${code === 'ENOSPC' ? '' : ', or the limit on open files'}.`;
    this.#log.warn({ code, watched, left, remedy }, `no watches are left for some checkouts: ${consequence}`);
  }
}
