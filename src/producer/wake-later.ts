/** Sends wake-ups after the answer: one call at a time, whatever comes meanwhile. */
import type { Log } from '../platform/log.js';
import { settlesWithin } from '../platform/settles-within.js';
import type { Wanted } from './wake-homes.js';

/** Takes what is to be woken, and does not wait for it. */
export interface WakeSink {
  add(wanted: readonly Wanted[]): void;
}

export interface WakeLaterSettings {
  readonly log: Log;
  readonly send: (wanted: readonly Wanted[]) => Promise<void>;
}

/** How long the last wake-ups may take when the process stops, in milliseconds. */
const CLOSE_MS = 2000;

/**
 * Collects wake-ups, one a repository with the most urgent priority, and sends all that were collected by one call.
 * While a call hangs, as with a frozen Redis, there is no second one, and no more is kept than one entry a repository.
 * What could not be sent is not tried again here: the request stands, and the watch finds it.
 */
export class WakeLater implements WakeSink {
  readonly #settings: WakeLaterSettings;
  #waiting = new Map<string, number>();
  #sending: Promise<void> | undefined;
  #isClosed = false;
  /** How many were not sent since one was. */
  #lost = 0;
  #sent = 0;
  #failed = 0;

  constructor(settings: WakeLaterSettings) {
    this.#settings = settings;
  }

  /** How many wake-ups were sent, and how many were not. */
  get counts(): { readonly sent: number; readonly failed: number } {
    return { sent: this.#sent, failed: this.#failed };
  }

  add(wanted: readonly Wanted[]): void {
    if (this.#isClosed) return;
    for (const { repoId, priority } of wanted) {
      this.#waiting.set(repoId, Math.min(priority, this.#waiting.get(repoId) ?? priority));
    }
    if (this.#waiting.size > 0) this.#sending ??= this.#sendAll();
  }

  /** Takes no more, and waits within a limit for what is under way. */
  async close(): Promise<void> {
    this.#isClosed = true;
    if (this.#sending === undefined || (await settlesWithin(this.#sending, CLOSE_MS))) return;
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
        this.#noteFailed(error, wanted.length);
      }
    }
    // In the same turn as the last look: what is added from now on begins anew.
    this.#sending = undefined;
  }

  #noteSent(count: number): void {
    this.#sent += count;
    if (this.#lost > 0) this.#settings.log.info({ lost: this.#lost }, 'wake-ups are sent again');
    this.#lost = 0;
  }

  #noteFailed(error: unknown, count: number): void {
    this.#failed += count;
    // One line when it begins and one, with the count, when it is over.
    if (this.#lost === 0) {
      this.#settings.log.warn(
        { error, lost: count },
        'wake-ups were not sent; the watch of each host finds what is asked for',
      );
    }
    this.#lost += count;
  }
}
