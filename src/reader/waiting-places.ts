/** Limits how many HTTP requests wait for a worker at once, and ends their waits when the server stops. */
import { DoiError } from '../domain/errors.js';

/** How many HTTP requests may wait at once. */
const PLACES = 32;

export interface Wait {
  /** How long it may take, in milliseconds. */
  readonly waitMs: number;
  /** Aborted when the client's connection ends. */
  readonly gone: AbortSignal;
}

export class WaitingPlaces {
  readonly #stopping = new AbortController();
  #taken = 0;

  /** Aborted when the server stops. */
  get stopping(): AbortSignal {
    return this.#stopping.signal;
  }

  /**
   * Runs a wait in a place of its own. Its signal aborts after the time, when the client is gone, or when the server stops.
   * @throws {DoiError} `too_many_waiting` before it runs, and what it throws
   */
  async run<T>({ waitMs, gone }: Wait, wait: (signal: AbortSignal) => Promise<T>): Promise<T> {
    if (this.#taken >= PLACES) {
      const found = `${PLACES} HTTP requests already wait for a worker.`;
      const remedy =
        'Try again in a moment, or without a wait: by POST, or with "Cache-Control: only-if-cached".';
      throw new DoiError('too_many_waiting', found, remedy);
    }
    this.#taken += 1;
    try {
      return await wait(AbortSignal.any([AbortSignal.timeout(waitMs), gone, this.#stopping.signal]));
    } finally {
      this.#taken -= 1;
    }
  }

  /** Ends all waits, because the server stops. */
  stop(): void {
    this.#stopping.abort();
  }
}
