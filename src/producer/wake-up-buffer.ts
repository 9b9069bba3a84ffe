/** Sends wake-ups after the answer: one call at a time, whatever comes meanwhile. */
import type { Clock } from '../platform/clock.js';
import type { Log } from '../platform/log.js';
import { endsWithin } from '../platform/process/ends-within.js';
import type { Wanted } from './wake-homes.js';

/** Takes what is to be woken, and does not wait for it. */
export interface WakeUpTarget {
  add(wanted: readonly Wanted[]): void;
}

export interface WakeUpBufferSettings {
  readonly log: Log;
  readonly clock: Pick<Clock, 'sleep'>;
  readonly send: (wanted: readonly Wanted[]) => Promise<void>;
}

/** How long the last wake-ups may take when the process stops, in milliseconds. */
const CLOSE_MS = 2000;
/** After a call that failed, in milliseconds. */
const RETRY_MS = 1000;

/**
 * Collects wake-ups, one a repository with the most urgent priority, and sends all that were collected by one call.
 * While a call hangs, as with a frozen Redis, there is no second one, and no more is kept than one entry a repository.
 * What could not be sent is tried again every second, so that it is woken as soon as Redis is back; should this process
 * end before, the request stands, and the watch finds it.
 */
export class WakeUpBuffer implements WakeUpTarget {
  readonly #settings: WakeUpBufferSettings;
  #waiting = new Map<string, number>();
  #sending: Promise<void> | undefined;
  readonly #stop = new AbortController();
  #isFailing = false;
  #sent = 0;
  #failed = 0;

  constructor(settings: WakeUpBufferSettings) {
    this.#settings = settings;
  }

  /** How many wake-ups were sent, and how many attempts failed. */
  get counts(): { readonly sent: number; readonly failed: number } {
    return { sent: this.#sent, failed: this.#failed };
  }

  add(wanted: readonly Wanted[]): void {
    if (this.#stop.signal.aborted) return;
    this.#keep(wanted);
    if (this.#waiting.size > 0) this.#sending ??= this.#sendAll();
  }

  /** Takes no more, and waits within a limit for what is under way. */
  async close(): Promise<void> {
    this.#stop.abort();
    if (this.#sending !== undefined) await endsWithin(this.#sending, CLOSE_MS);
    if (this.#sending === undefined && this.#waiting.size === 0) return;
    this.#settings.log.warn(
      { waiting: this.#waiting.size },
      'wake-ups were not sent before the end; the watch of each host finds what is asked for',
    );
  }

  async #sendAll(): Promise<void> {
    // The answer goes first, and what is added in the same turn goes along.
    await new Promise<void>((resolve) => setImmediate(resolve));
    while (this.#waiting.size > 0) {
      const wanted = [...this.#waiting].map(([repoId, priority]) => ({ repoId, priority }));
      this.#waiting = new Map();
      try {
        await this.#settings.send(wanted);
        this.#noteSent(wanted.length);
      } catch (error) {
        this.#keep(wanted);
        this.#noteFailed(error, wanted.length);
        await this.#settings.clock.sleep(RETRY_MS, this.#stop.signal);
        if (this.#stop.signal.aborted) break;
      }
    }
    // In the same turn as the last look: what is added from now on begins anew.
    this.#sending = undefined;
  }

  #keep(wanted: readonly Wanted[]): void {
    for (const { repoId, priority } of wanted) {
      this.#waiting.set(repoId, Math.min(priority, this.#waiting.get(repoId) ?? priority));
    }
  }

  #noteSent(count: number): void {
    this.#sent += count;
    if (this.#isFailing) this.#settings.log.info({ count }, 'wake-ups are sent again');
    this.#isFailing = false;
  }

  #noteFailed(error: unknown, count: number): void {
    this.#failed += count;
    // One line when it begins and one when it is over.
    if (!this.#isFailing)
      this.#settings.log.warn({ error, count }, 'wake-ups are not sent; tried every second');
    this.#isFailing = true;
  }
}
