/** Collects ids until the caller takes them, and keeps a pause between two times that it returns one id. */
import type { Clock } from '../platform/clock.js';

export interface ThrottleOptions {
  readonly clock: Pick<Clock, 'sleep'>;
  /** The least time between two times that `take` returns an id, in milliseconds. */
  readonly everyMs: (id: string) => number;
  /** Milliseconds of a clock that is never set; a setting for tests. */
  readonly now?: () => number;
}

/** An id that was taken not long ago. */
interface Taken {
  readonly at: number;
  readonly pauseMs: number;
  /** How often in a row the id came again within twice its pause. */
  readonly row: number;
}

// How long a wait without any id lasts before it is repeated: a timer takes no unlimited time.
const LONGEST_MS = 3_600_000;
/** After so many times in a row the pause of an id doubles each time, up to `LONGEST_PAUSE_MS`. */
const MANY = 20;
const LONGEST_PAUSE_MS = 2000;

/**
 * An id can be taken at once the first time; one that is added again within `everyMs` waits until that has passed. The
 * pause of an id that keeps coming doubles, up to `LONGEST_PAUSE_MS`.
 */
export class KeyedThrottle {
  readonly #clock: Pick<Clock, 'sleep'>;
  readonly #everyMs: (id: string) => number;
  readonly #now: () => number;
  /** By id: when it may be taken. */
  readonly #due = new Map<string, number>();
  /** Ids that were taken within twice their pause. */
  readonly #taken = new Map<string, Taken>();
  #ring = () => {};

  constructor({ clock, everyMs, now }: ThrottleOptions) {
    this.#clock = clock;
    this.#everyMs = everyMs;
    this.#now = now ?? (() => performance.now());
  }

  /** @param afterMs the id cannot be taken before so many milliseconds have passed */
  add(id: string, afterMs = 0): void {
    const taken = this.#taken.get(id);
    const free = taken === undefined ? Number.NEGATIVE_INFINITY : taken.at + taken.pauseMs;
    const at = Math.max(this.#now() + afterMs, free);
    const known = this.#due.get(id);
    if (known !== undefined && known <= at) return;
    this.#due.set(id, at);
    this.#ring();
  }

  /** Waits for ids and takes them, at most `max`; none when the signal aborts. Only one caller at a time may wait. */
  async take(max: number, signal: AbortSignal): Promise<string[]> {
    while (!signal.aborted) {
      const now = this.#now();
      const ready = this.#takeReady(max, now);
      if (ready.length > 0) return ready;
      const next = [...this.#due.values()].reduce((one, other) => Math.min(one, other), now + LONGEST_MS);
      await this.#wait(next - now, signal);
    }
    return [];
  }

  #takeReady(max: number, now: number): string[] {
    const ready: string[] = [];
    for (const [id, at] of this.#due) {
      if (ready.length === max) break;
      if (at <= now) ready.push(id);
    }
    for (const [id, { at, pauseMs }] of this.#taken) if (at + 2 * pauseMs < now) this.#taken.delete(id);
    for (const id of ready) {
      this.#due.delete(id);
      this.#taken.set(id, this.#pace(id, now));
    }
    return ready;
  }

  #pace(id: string, now: number): Taken {
    const row = (this.#taken.get(id)?.row ?? -1) + 1;
    const everyMs = this.#everyMs(id);
    const wanted = everyMs * 2 ** Math.min(Math.max(row - MANY, 0), 16);
    return { at: now, pauseMs: Math.max(everyMs, Math.min(wanted, LONGEST_PAUSE_MS)), row };
  }

  /** Waits until an id is added, the time has passed or the signal aborts. */
  async #wait(ms: number, signal: AbortSignal): Promise<void> {
    const rung = new AbortController();
    this.#ring = () => rung.abort();
    signal.addEventListener('abort', this.#ring, { once: true });
    await this.#clock.sleep(Math.ceil(ms), rung.signal);
    signal.removeEventListener('abort', this.#ring);
  }
}
