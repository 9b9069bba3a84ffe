/** Bounds how long a read waits, and fails further reads at once while the database is known to be away. */
import { DoiError } from '../domain/errors.js';

/** How long the breaker stays open after a failure, in milliseconds. */
const OPEN_MS = 250;
/** How long a read over HTTP may take, in milliseconds, whatever delays it: no client waits longer. */
export const READ_LIMIT_MS = 2000;

/**
 * A circuit breaker (M. Nygard, "Release It!"): after a host problem it opens, and refuses work with the same error for a
 * moment; then it lets one call at a time try, until one succeeds and closes it.
 */
export class CircuitBreaker {
  readonly #now: () => number;
  readonly #limitMs: number | undefined;
  #failed: { readonly error: DoiError; readonly at: number } | undefined;
  #isTrying = false;
  readonly #waiting = new Set<(error: DoiError) => void>();

  /**
   * @param options `limitMs`: how long work may take; undefined for ever. `now`: another clock that never goes back, in
   *   milliseconds
   */
  constructor(options: { readonly now?: () => number; readonly limitMs?: number } = {}) {
    this.#now = options.now ?? (() => performance.now());
    this.#limitMs = options.limitMs;
  }

  /**
   * Runs work, or throws the last host problem at once, also when the problem occurs while the work is under way.
   * @throws {DoiError} `database_unavailable` where the work took too long: for this call alone, since others may be quick
   */
  async run<T>(work: () => Promise<T>): Promise<T> {
    const failed = this.#failed;
    if (failed !== undefined && (this.#isTrying || this.#now() - failed.at < OPEN_MS)) throw failed.error;
    const isTrial = failed !== undefined;
    if (isTrial) this.#isTrying = true;
    let abandon: (error: DoiError) => void = () => {};
    const opened = new Promise<never>((_, reject) => {
      abandon = reject;
    });
    this.#waiting.add(abandon);
    const timer = this.#startLimit(abandon);
    try {
      const result = await Promise.race([work(), opened]);
      this.#failed = undefined;
      return result;
    } catch (error) {
      if (!(error instanceof TooLate)) this.#note(error);
      throw error;
    } finally {
      clearTimeout(timer);
      this.#waiting.delete(abandon);
      if (isTrial) this.#isTrying = false;
    }
  }

  #startLimit(abandon: (error: DoiError) => void): NodeJS.Timeout | undefined {
    const limitMs = this.#limitMs;
    return limitMs === undefined ? undefined : setTimeout(() => abandon(tooLate(limitMs)), limitMs);
  }

  #note(error: unknown): void {
    if (!(error instanceof DoiError) || error.kind !== 'host') {
      this.#failed = undefined;
      return;
    }
    // Calls that were abandoned below come here too, and must not move the time of the first failure.
    if (this.#failed?.error !== error) this.#failed = { error, at: this.#now() };
    // A pool that lost its server would fail the waiting calls one by one, each after its own limit.
    for (const abandon of this.#waiting) abandon(error);
  }
}

class TooLate extends DoiError {}

function tooLate(limitMs: number): TooLate {
  const found = `PostgreSQL did not answer within ${limitMs / 1000} s, or this process was too busy to notice.`;
  return new TooLate('database_unavailable', found, 'Try again. If it lasts, see how busy this host is.');
}
