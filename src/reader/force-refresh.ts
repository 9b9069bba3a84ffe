/** Requests an evaluation and waits for its end, for clients that cannot poll. At most a few may wait at once. */
import type { FastifyRequest } from 'fastify';
import { DoiError } from '../domain/errors.js';

/** How the reader requests an evaluation, without knowing the queue or the workers. */
export interface RefreshActions {
  /** @throws {DoiError} `unauthorized`, `forbidden` where the client may not request an evaluation */
  readonly checkWriter: (request: FastifyRequest) => void;
  /** Requests an evaluation of all criteria, and wakes a worker. @returns the repository's id */
  readonly request: (slug: string) => Promise<string>;
  /** Waits until the evaluation has ended, or the signal aborts. @returns whether it has ended */
  readonly waitForCompletion: (repoId: string, signal: AbortSignal) => Promise<boolean>;
}

/** How many HTTP requests may wait at once. */
const PLACES = 32;

export class ForceRefresh {
  readonly #refreshing: RefreshActions;
  readonly #stopping = new AbortController();
  #waiting = 0;

  constructor(refreshing: RefreshActions) {
    this.#refreshing = refreshing;
  }

  /**
   * Requests an evaluation and waits for at most `waitMs` milliseconds.
   * @param gone aborted when the client's connection ends
   * @returns whether the evaluation has ended, with a verdict or a failure
   * @throws {DoiError} `too_many_waiting`, without a request, and what {@link RefreshActions.request} throws
   */
  async run(slug: string, waitMs: number, gone: AbortSignal): Promise<boolean> {
    if (this.#waiting >= PLACES) {
      const found = `${PLACES} HTTP requests already wait for an evaluation.`;
      throw new DoiError(
        'too_many_waiting',
        found,
        'Try again in a moment, or use POST, which does not wait.',
      );
    }
    this.#waiting += 1;
    try {
      const repoId = await this.#refreshing.request(slug);
      const signal = AbortSignal.any([AbortSignal.timeout(waitMs), gone, this.#stopping.signal]);
      return await this.#refreshing.waitForCompletion(repoId, signal);
    } finally {
      this.#waiting -= 1;
    }
  }

  /** Ends all waits, because the server stops. */
  stop(): void {
    this.#stopping.abort();
  }
}
