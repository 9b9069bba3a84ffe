/** Sends wake-ups after the answer: one call at a time, however many are added meanwhile. */
import type { Clock } from '../platform/clock.js';
import type { Log } from '../platform/log.js';
import { endsWithin } from '../platform/process/ends-within.js';
import type { RepositoryToWake } from './wake-homes.js';

/** Takes repositories to wake for, and returns at once. */
export interface WakeUpTarget {
  add(toWake: readonly RepositoryToWake[]): void;
}

export interface WakeUpBufferDeps {
  readonly log: Log;
  readonly clock: Pick<Clock, 'sleep'>;
  readonly send: (toWake: readonly RepositoryToWake[]) => Promise<void>;
}

/** How long the last wake-ups may take when the process stops, in milliseconds. */
const CLOSE_MS = 2000;
/** The pause after a call that failed, in milliseconds. */
const RETRY_MS = 1000;

/**
 * Collects wake-ups, one a repository with the most urgent priority, and sends all that were collected by one call.
 * While a call hangs, as with a frozen Redis, there is no second one, and the buffer holds one entry a repository at most.
 * It retries every second what could not be sent, so that hosts are woken as soon as Redis is back; should this process
 * end before, the request stays, and the watch finds it.
 */
export class WakeUpBuffer implements WakeUpTarget {
  readonly #deps: WakeUpBufferDeps;
  #waiting = new Map<string, RepositoryToWake>();
  #sending: Promise<void> | undefined;
  readonly #stop = new AbortController();
  #isFailing = false;
  #sent = 0;
  #failed = 0;

  constructor(deps: WakeUpBufferDeps) {
    this.#deps = deps;
  }

  /** How many wake-ups were sent, and how many attempts failed. */
  get counts(): { readonly sent: number; readonly failed: number } {
    return { sent: this.#sent, failed: this.#failed };
  }

  add(toWake: readonly RepositoryToWake[]): void {
    if (this.#stop.signal.aborted) return;
    this.#keep(toWake);
    if (this.#waiting.size > 0) this.#sending ??= this.#sendAll();
  }

  /** Takes no more, and waits within a limit for the call under way. */
  async close(): Promise<void> {
    this.#stop.abort();
    if (this.#sending !== undefined) await endsWithin(this.#sending, CLOSE_MS);
    if (this.#sending === undefined && this.#waiting.size === 0) return;
    this.#deps.log.warn(
      { waiting: this.#waiting.size },
      'wake-ups were not sent before the end; the watch of each host finds the requests',
    );
  }

  async #sendAll(): Promise<void> {
    // The answer goes first, and what is added in the same turn is sent too.
    await new Promise<void>((resolve) => setImmediate(resolve));
    while (this.#waiting.size > 0) {
      const toWake = [...this.#waiting.values()];
      this.#waiting = new Map();
      try {
        await this.#deps.send(toWake);
        this.#noteSent(toWake.length);
      } catch (error) {
        // Without the host: until the retry the registry may have moved the repository to another one.
        this.#keep(toWake.map(({ repoId, priority }) => ({ repoId, priority })));
        this.#noteFailed(error, toWake.length);
        await this.#deps.clock.sleep(RETRY_MS, this.#stop.signal);
        if (this.#stop.signal.aborted) break;
      }
    }
    // Runs in the same turn as the last check of the size, so what is added from now on starts the next call.
    this.#sending = undefined;
  }

  #keep(toWake: readonly RepositoryToWake[]): void {
    for (const one of toWake) {
      const priority = Math.min(one.priority, this.#waiting.get(one.repoId)?.priority ?? one.priority);
      this.#waiting.set(one.repoId, { ...one, priority });
    }
  }

  #noteSent(count: number): void {
    this.#sent += count;
    if (this.#isFailing) this.#deps.log.info({ count }, 'wake-ups are sent again');
    this.#isFailing = false;
  }

  #noteFailed(error: unknown, count: number): void {
    this.#failed += count;
    // Logs one line when the failures begin and one when they are over.
    if (!this.#isFailing)
      this.#deps.log.warn({ error, count }, 'wake-ups could not be sent; this process retries every second');
    this.#isFailing = true;
  }
}
