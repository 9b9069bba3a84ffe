/** Collects ids until somebody takes them, and hands out the same one only so often. */
import type { Clock } from '../platform/clock.js';

export interface PacedSettings {
  readonly clock: Pick<Clock, 'sleep'>;
  /** Between two times that one id is handed out, in milliseconds. */
  readonly everyMs: number;
  /** Milliseconds of a clock that is never set; a setting for tests. */
  readonly now?: () => number;
}

// Without an id nothing but a ring has to end a wait; timers have a limit.
const LONGEST_MS = 3_600_000;

/** Handed out at once the first time: what comes within `everyMs` of that is kept until then. */
export class PacedIds {
  readonly #clock: Pick<Clock, 'sleep'>;
  readonly #everyMs: number;
  readonly #now: () => number;
  /** When each may be handed out. */
  readonly #due = new Map<string, number>();
  /** When each was handed out last, the earliest first; only those that still have to wait for it. */
  readonly #taken = new Map<string, number>();
  #ring = () => {};

  constructor({ clock, everyMs, now }: PacedSettings) {
    this.#clock = clock;
    this.#everyMs = everyMs;
    this.#now = now ?? (() => performance.now());
  }

  /** @param afterMs not before that has passed */
  add(id: string, afterMs = 0): void {
    const now = this.#now();
    const at = Math.max(now + afterMs, (this.#taken.get(id) ?? Number.NEGATIVE_INFINITY) + this.#everyMs);
    const known = this.#due.get(id);
    if (known !== undefined && known <= at) return;
    this.#due.set(id, at);
    this.#ring();
  }

  /** Waits for ids and takes them, at most `max`; none when the signal aborts. One at a time may wait. */
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
    for (const [id, at] of this.#taken) {
      if (at + this.#everyMs > now) break;
      this.#taken.delete(id);
    }
    const ready: string[] = [];
    for (const [id, at] of this.#due) {
      if (ready.length === max) break;
      if (at <= now) ready.push(id);
    }
    for (const id of ready) {
      this.#due.delete(id);
      this.#taken.delete(id);
      this.#taken.set(id, now);
    }
    return ready;
  }

  /** Until something is added, the time has passed or the signal aborts. */
  async #wait(ms: number, signal: AbortSignal): Promise<void> {
    const rung = new AbortController();
    this.#ring = () => rung.abort();
    signal.addEventListener('abort', this.#ring, { once: true });
    await this.#clock.sleep(Math.ceil(ms), rung.signal);
    signal.removeEventListener('abort', this.#ring);
  }
}
