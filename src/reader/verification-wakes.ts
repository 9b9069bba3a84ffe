/**
 * Wakes the home hosts of repositories whose reports must be verified now. Any client that may read can cause this, so it is
 * paced: one wake-up a repository at a time, and one a second over all.
 */
import type { Clock } from '../platform/clock.js';
import type { RefreshActions } from './force-refresh.js';

/** The least time between two wake-ups, in milliseconds. */
const PAUSE_MS = 1000;
/** After so long, a worker that has not answered is no longer waited for, in milliseconds. */
const GIVE_UP_MS = 30_000;

export interface VerificationWake {
  /** When it was requested, by the process's clock that never goes back, in milliseconds. */
  readonly at: number;
  /** Whether a worker could be woken; resolves when that worker has ended, or is no longer waited for. */
  readonly ended: Promise<boolean>;
}

export interface VerificationWakesDeps {
  readonly refreshing: Pick<RefreshActions, 'requestVerification' | 'waitForCompletion'>;
  readonly clock: Pick<Clock, 'sleep'>;
  /** Aborted when the server stops. */
  readonly stopping: AbortSignal;
  /** A clock that never goes back, in milliseconds; a setting for tests. */
  readonly now?: () => number;
}

export class VerificationWakes {
  readonly #deps: VerificationWakesDeps;
  readonly #now: () => number;
  readonly #underWay = new Map<string, VerificationWake>();
  /** From when on the next wake-up may be sent. */
  #free = Number.NEGATIVE_INFINITY;

  constructor(deps: VerificationWakesDeps) {
    this.#deps = deps;
    this.#now = deps.now ?? (() => performance.now());
  }

  /**
   * The wake-up that is under way for a repository, which may have been requested before this call, else a new one.
   * @param waitMs undefined is returned if a new one would have to wait longer for its turn, in milliseconds, unless it is
   *   the next one
   */
  join(slug: string, waitMs: number): VerificationWake | undefined {
    const underWay = this.#underWay.get(slug);
    if (underWay !== undefined) return underWay;
    const now = this.#now();
    const at = Math.max(now, this.#free);
    if (at - now > Math.max(waitMs, PAUSE_MS)) return undefined;
    this.#free = at + PAUSE_MS;
    const wake: VerificationWake = { at, ended: this.#wake(slug, at - now) };
    this.#underWay.set(slug, wake);
    const forget = () => this.#underWay.delete(slug);
    // The clients that wait for it get the error.
    wake.ended.then(forget, forget);
    return wake;
  }

  async #wake(slug: string, pauseMs: number): Promise<boolean> {
    const { refreshing, clock, stopping } = this.#deps;
    if (pauseMs > 0) await clock.sleep(pauseMs, stopping);
    if (stopping.aborted) return true;
    const repoId = await refreshing.requestVerification(slug);
    if (repoId === undefined) return false;
    const signal = AbortSignal.any([stopping, AbortSignal.timeout(GIVE_UP_MS)]);
    await refreshing.waitForCompletion(repoId, signal);
    return true;
  }
}
