/** Fails at once while the database is known to be away, instead of letting everybody wait for it in turn. */
import { DoiError } from '../domain/errors.js';

/** For how long one failure answers for others, in milliseconds. */
const OPEN_MS = 250;

/**
 * A circuit breaker (M. Nygard, "Release It!"): after the host's trouble, work is refused with the same error for a
 * moment; then one at a time tries again, until one succeeds.
 */
export class Breaker {
  readonly #now: () => number;
  #failed: { readonly error: DoiError; readonly at: number } | undefined;
  #isTrying = false;
  readonly #waiting = new Set<(error: DoiError) => void>();

  /** @param now a clock that never goes back, in milliseconds */
  constructor(now: () => number = () => performance.now()) {
    this.#now = now;
  }

  /** Runs work, or throws the last trouble at once; also where that begins while the work is under way. */
  async run<T>(work: () => Promise<T>): Promise<T> {
    const failed = this.#failed;
    if (failed !== undefined && (this.#isTrying || this.#now() - failed.at < OPEN_MS)) throw failed.error;
    const isTrial = failed !== undefined;
    if (isTrial) this.#isTrying = true;
    let giveUp: (error: DoiError) => void = () => {};
    const opened = new Promise<never>((_, reject) => {
      giveUp = reject;
    });
    this.#waiting.add(giveUp);
    try {
      const result = await Promise.race([work(), opened]);
      this.#failed = undefined;
      return result;
    } catch (error) {
      this.#note(error);
      throw error;
    } finally {
      this.#waiting.delete(giveUp);
      if (isTrial) this.#isTrying = false;
    }
  }

  #note(error: unknown): void {
    if (!(error instanceof DoiError) || error.kind !== 'host') {
      this.#failed = undefined;
      return;
    }
    // Those given up on come here too: their time is that of the first.
    if (this.#failed?.error !== error) this.#failed = { error, at: this.#now() };
    // A pool that lost its server would answer those who wait one by one.
    for (const giveUp of this.#waiting) giveUp(error);
  }
}
