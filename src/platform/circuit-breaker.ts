/** Bounds how long a read waits, and fails at once while the database is known to be away, instead of one by one. */
import { DoiError } from '../domain/errors.js';

/** For how long one failure answers for others, in milliseconds. */
const OPEN_MS = 250;
/** How long a read over HTTP may take, in milliseconds, whoever is to blame: who asked is not to wait any longer. */
export const READ_LIMIT_MS = 2000;

/**
 * A circuit breaker (M. Nygard, "Release It!"): after the host's trouble, work is refused with the same error for a
 * moment; then one at a time tries again, until one succeeds.
 */
export class CircuitBreaker {
  readonly #now: () => number;
  readonly #limitMs: number | undefined;
  #failed: { readonly error: DoiError; readonly at: number } | undefined;
  #isTrying = false;
  readonly #waiting = new Set<(error: DoiError) => void>();

  /**
   * @param options `limitMs`: how long work may take; for ever where that is not said. `now`: another clock that never
   *   goes back, in milliseconds
   */
  constructor(options: { readonly now?: () => number; readonly limitMs?: number } = {}) {
    this.#now = options.now ?? (() => performance.now());
    this.#limitMs = options.limitMs;
  }

  /**
   * Runs work, or throws the last trouble at once; also where that begins while the work is under way.
   * @throws {DoiError} `database_unavailable` where it took too long: for this call alone, since others may be quick
   */
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
    const timer = this.#startLimit(giveUp);
    try {
      const result = await Promise.race([work(), opened]);
      this.#failed = undefined;
      return result;
    } catch (error) {
      if (!(error instanceof TooLate)) this.#note(error);
      throw error;
    } finally {
      clearTimeout(timer);
      this.#waiting.delete(giveUp);
      if (isTrial) this.#isTrying = false;
    }
  }

  #startLimit(giveUp: (error: DoiError) => void): NodeJS.Timeout | undefined {
    const limitMs = this.#limitMs;
    return limitMs === undefined ? undefined : setTimeout(() => giveUp(tooLate(limitMs)), limitMs);
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

class TooLate extends DoiError {}

function tooLate(limitMs: number): TooLate {
  const found = `PostgreSQL did not answer within ${limitMs / 1000} s, or this process was too busy to notice.`;
  return new TooLate('database_unavailable', found, 'Ask again. Where it lasts, see how busy this host is.');
}
