/** Waits for asks to end: all of them by one look at the database, a few times a second. */
import type { Clock } from '../platform/clock.js';
import type { Sql } from '../platform/sql.js';
import { type AwaitedAsk, findSettled, readLastObservation } from './find-settled.js';

const POLL_MS = 50;

interface Waiting extends AwaitedAsk {
  readonly resolve: (isSettled: boolean) => void;
  readonly reject: (error: unknown) => void;
}

export class SettledWatch {
  readonly #sql: Sql;
  readonly #clock: Pick<Clock, 'sleep'>;
  readonly #waiting = new Set<Waiting>();
  #isLooking = false;

  constructor({ sql, clock }: { readonly sql: Sql; readonly clock: Pick<Clock, 'sleep'> }) {
    this.#sql = sql;
    this.#clock = clock;
  }

  /**
   * Waits until the evaluation has ended that was just asked for: it was written, it broke, or it was put off.
   * @returns false where the signal aborted before
   * @throws {DoiError} `database_unavailable`, `schema_incompatible`
   */
  async settles(repoId: string, signal: AbortSignal): Promise<boolean> {
    if (signal.aborted) return false;
    const after = await readLastObservation(this.#sql);
    if (signal.aborted) return false;
    return new Promise((resolve, reject) => {
      const waiting = { repoId, after, resolve, reject };
      this.#waiting.add(waiting);
      signal.addEventListener('abort', () => this.#end(waiting, false), { once: true });
      if (!this.#isLooking) void this.#look();
    });
  }

  #end(waiting: Waiting, isSettled: boolean): void {
    this.#waiting.delete(waiting);
    waiting.resolve(isSettled);
  }

  async #look(): Promise<void> {
    this.#isLooking = true;
    while (this.#waiting.size > 0) {
      const all = [...this.#waiting];
      try {
        const settled = await findSettled(this.#sql, all);
        for (const [index, waiting] of all.entries()) if (settled[index]) this.#end(waiting, true);
      } catch (error) {
        for (const waiting of all) {
          this.#waiting.delete(waiting);
          waiting.reject(error);
        }
      }
      if (this.#waiting.size > 0) await this.#clock.sleep(POLL_MS);
    }
    this.#isLooking = false;
  }
}
