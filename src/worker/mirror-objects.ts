/** Fetches objects that mirrors lack. Promise: a job waits for that no longer than for a contact, and can be aborted. */
import { endsWithin, untilAborted } from '../platform/process/ends-within.js';
import { DEFER_MS, JOB_WAIT_MS, StillFetching } from './still-fetching.js';

export interface MirrorObjectsDeps {
  readonly fetch: (repoId: string, ids: readonly string[], signal: AbortSignal) => Promise<void>;
  /** Called after a fetch for which a job no longer waited. */
  readonly onEnd: (repoId: string) => Promise<void>;
  /** As in `MirrorContactDeps`. */
  readonly jobWaitMs?: number | undefined;
}

interface Fetching {
  readonly wanted: string;
  readonly end: Promise<void>;
  isDeferred: boolean;
}

/** How a fetch failed for which no job waited any more: its job is to find that, not to fetch the same again. */
interface Failed {
  readonly wanted: string;
  readonly error: unknown;
  /** By `performance.now()`. */
  readonly until: number;
}

export class MirrorObjects {
  readonly #deps: MirrorObjectsDeps;
  readonly #stop = new AbortController();
  /** By repository: the fetch that was begun last. */
  readonly #last = new Map<string, Fetching>();
  readonly #underWay = new Set<Promise<unknown>>();
  readonly #failed = new Map<string, Failed>();

  constructor(deps: MirrorObjectsDeps) {
    this.#deps = deps;
  }

  /** Ends the fetches under way. */
  async close(): Promise<void> {
    this.#stop.abort();
    await Promise.allSettled(this.#underWay);
  }

  /** @throws {StillFetching} where it takes long; the signal's reason; what the fetch throws */
  async fetch(repoId: string, ids: readonly string[], signal?: AbortSignal): Promise<void> {
    signal?.throwIfAborted();
    const wanted = ids.join(' ');
    const failed = this.#failed.get(repoId);
    this.#failed.delete(repoId);
    if (failed?.wanted === wanted && performance.now() < failed.until) throw failed.error;
    const last = this.#last.get(repoId);
    const fetching = last?.wanted === wanted ? last : this.#begin(repoId, ids, wanted);
    const end = signal === undefined ? fetching.end : untilAborted(fetching.end, signal);
    const hasEnded = await endsWithin(end, this.#deps.jobWaitMs ?? JOB_WAIT_MS);
    signal?.throwIfAborted();
    if (hasEnded) return;
    fetching.isDeferred = true;
    throw new StillFetching();
  }

  #begin(repoId: string, ids: readonly string[], wanted: string): Fetching {
    const end = this.#deps.fetch(repoId, ids, this.#stop.signal);
    const fetching: Fetching = { wanted, end, isDeferred: false };
    this.#last.set(repoId, fetching);
    const after = async (problem?: { readonly error: unknown }) => {
      if (this.#last.get(repoId) === fetching) this.#last.delete(repoId);
      if (!fetching.isDeferred || this.#stop.signal.aborted) return;
      const until = performance.now() + 2 * DEFER_MS;
      if (problem !== undefined) this.#failed.set(repoId, { wanted, error: problem.error, until });
      await this.#deps.onEnd(repoId);
    };
    const held: Promise<unknown> = end
      .then(
        () => after(),
        (error: unknown) => after({ error }),
      )
      // The request that waits starts again by itself, a little later.
      .catch(() => {})
      .finally(() => this.#underWay.delete(held));
    this.#underWay.add(held);
    return fetching;
  }
}
