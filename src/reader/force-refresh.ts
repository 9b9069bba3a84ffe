/** Requests an evaluation and waits for its end, for clients that cannot poll. At most a few may wait at once. */
import type { FastifyRequest } from 'fastify';
import type { Wait, WaitingPlaces } from './waiting-places.js';

/** How the reader requests an evaluation, without knowing the queue or the workers. */
export interface RefreshActions {
  /** @throws {DoiError} `unauthorized`, `forbidden` where the client may not request an evaluation */
  readonly checkWriter: (request: FastifyRequest) => void;
  /** Requests an evaluation of all criteria, and wakes a worker. @returns the repository's id */
  readonly request: (slug: string) => Promise<string>;
  /**
   * Requests that a worker probes the repository, and that it contacts the remote of a mirror; it judges only what changed.
   * @returns the repository's id; undefined where it is not active, so that no worker does
   */
  readonly requestVerification: (slug: string) => Promise<string | undefined>;
  /** Waits until the evaluation has ended, or the signal aborts. @returns whether it has ended */
  readonly waitForCompletion: (repoId: string, signal: AbortSignal) => Promise<boolean>;
}

export class ForceRefresh {
  readonly #refreshing: RefreshActions;
  readonly #places: WaitingPlaces;

  constructor(refreshing: RefreshActions, places: WaitingPlaces) {
    this.#refreshing = refreshing;
    this.#places = places;
  }

  /**
   * Requests an evaluation and waits for it.
   * @returns whether the evaluation has ended, with a verdict or a failure
   * @throws {DoiError} `too_many_waiting`, without a request, and what {@link RefreshActions.request} throws
   */
  run(slug: string, wait: Wait): Promise<boolean> {
    return this.#places.run(wait, async (signal) => {
      const repoId = await this.#refreshing.request(slug);
      return this.#refreshing.waitForCompletion(repoId, signal);
    });
  }
}
