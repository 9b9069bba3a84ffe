/** Has a repository judged anew and waits for it, for clients that know no other way: each takes one of a few places. */
import type { FastifyRequest } from 'fastify';
import { DoiError } from '../domain/errors.js';

/** What the reader is handed to have something judged; it knows neither the queue nor who works. */
export interface Refreshing {
  /** @throws {DoiError} `unauthorized`, `forbidden` where the request may not ask for an evaluation */
  readonly checkAsker: (request: FastifyRequest) => void;
  /** Asks for everything to be judged anew, and wakes. @returns the repository's id */
  readonly ask: (slug: string) => Promise<string>;
  /** Waits until what was asked for has ended, or the signal aborts. @returns whether it has */
  readonly settled: (repoId: string, signal: AbortSignal) => Promise<boolean>;
}

/** How many may wait at once. */
const PLACES = 32;

export class ForceRefresh {
  readonly #refreshing: Refreshing;
  readonly #stopping = new AbortController();
  #waiting = 0;

  constructor(refreshing: Refreshing) {
    this.#refreshing = refreshing;
  }

  /**
   * Asks, and waits at most so long.
   * @param gone aborted when nobody waits for the answer any more
   * @returns whether the evaluation has ended, with a verdict or a failure
   * @throws {DoiError} `too_many_waiting` before anything is asked for, and what asking throws
   */
  async run(slug: string, waitMs: number, gone: AbortSignal): Promise<boolean> {
    if (this.#waiting >= PLACES) {
      const found = `${PLACES} requests wait for an evaluation already.`;
      throw new DoiError(
        'too_many_waiting',
        found,
        'Ask again in a moment, or use POST, which does not wait.',
      );
    }
    this.#waiting += 1;
    try {
      const repoId = await this.#refreshing.ask(slug);
      const signal = AbortSignal.any([AbortSignal.timeout(waitMs), gone, this.#stopping.signal]);
      return await this.#refreshing.settled(repoId, signal);
    } finally {
      this.#waiting -= 1;
    }
  }

  /** Ends all waits: the server stops. */
  stop(): void {
    this.#stopping.abort();
  }
}
