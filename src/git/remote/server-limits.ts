/** Limits how many contacts run at once, in all and with one server. */
import pLimit, { type LimitFunction } from 'p-limit';

/** How many contacts run at once with one server. */
export const PER_SERVER = 2;

export class ServerTurns {
  readonly #all: LimitFunction;
  readonly #servers = new Map<string, LimitFunction>();
  readonly #waiting = new WeakMap<AbortSignal, Set<(reason: unknown) => void>>();

  /** @param concurrency how many contacts run at once */
  constructor(concurrency: number) {
    this.#all = pLimit(concurrency);
  }

  /**
   * Runs an action when it is its turn. What waits for its server takes no turn from other servers, and what has a turn waits
   * for nothing, so that no two can wait for each other.
   * @throws the signal's reason, at once, where it is aborted before the turn
   */
  async run<T>(server: string, act: () => Promise<T>, signal?: AbortSignal): Promise<T> {
    signal?.throwIfAborted();
    const limit = this.#servers.get(server) ?? pLimit(PER_SERVER);
    this.#servers.set(server, limit);
    let hasBegun = false;
    const begin = () => {
      signal?.throwIfAborted();
      hasBegun = true;
      return act();
    };
    const done = limit(() => this.#all(begin)).finally(() => this.#forget(server, limit));
    if (signal === undefined) return done;
    const waiting = this.#waitingOn(signal);
    return new Promise<T>((resolve, reject) => {
      const abort = (reason: unknown) => {
        if (!hasBegun) reject(reason);
      };
      waiting.add(abort);
      done.then(resolve, reject).finally(() => waiting.delete(abort));
    });
  }

  /** What ends when the signal is aborted. All that wait share one listener: there may be thousands, of one signal. */
  #waitingOn(signal: AbortSignal): Set<(reason: unknown) => void> {
    const known = this.#waiting.get(signal);
    if (known !== undefined) return known;
    const waiting = new Set<(reason: unknown) => void>();
    this.#waiting.set(signal, waiting);
    const abortAll = () => {
      for (const abort of waiting) abort(signal.reason);
    };
    signal.addEventListener('abort', abortAll, { once: true });
    return waiting;
  }

  #forget(server: string, limit: LimitFunction): void {
    if (limit.activeCount + limit.pendingCount === 0) this.#servers.delete(server);
  }
}
