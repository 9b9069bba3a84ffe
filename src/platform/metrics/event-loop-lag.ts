/** Measures how late the event loop of this process is. */
import { monitorEventLoopDelay } from 'node:perf_hooks';

/** How often it is looked at, in milliseconds. */
const EVERY_MS = 20;

/** In seconds. */
export interface Lag {
  readonly p50: number;
  readonly p99: number;
  readonly max: number;
}

export class EventLoopLag {
  readonly #delays = monitorEventLoopDelay({ resolution: EVERY_MS });

  constructor() {
    this.#delays.enable();
  }

  /** What was measured since it was last taken; undefined where that is nothing. */
  take(): Lag | undefined {
    const delays = this.#delays;
    // What Node measures is the time from one look to the next, the pause between them included.
    const late = (nanoseconds: number) => Math.max(nanoseconds / 1e9 - EVERY_MS / 1000, 0);
    const lag =
      delays.count === 0
        ? undefined
        : { p50: late(delays.percentile(50)), p99: late(delays.percentile(99)), max: late(delays.max) };
    delays.reset();
    return lag;
  }

  close(): void {
    this.#delays.disable();
  }
}
