/** Step 1 of the summary: what the listening connection received and is not handled yet, and whether it was lost. */
import type { Clock } from '../../platform/clock.js';

/** The id of a repository that was written to. Any other payload, such as that of a host's heartbeat, calls for a full pass. */
const ID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** The longest wait at once; timers take no more than 2^31 ms. */
const LONGEST_MS = 60_000;

export class Notifications {
  readonly #clock: Clock;
  #ids = new Set<string>();
  #hasHeartbeat = false;
  #isLost = false;
  #wake: () => void = () => {};

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Whether a heartbeat was received since the last full pass began. */
  get hasHeartbeat(): boolean {
    return this.#hasHeartbeat;
  }

  /** Takes a notification. */
  add(payload: string): void {
    if (ID.test(payload)) this.#ids.add(payload);
    else this.#hasHeartbeat = true;
    this.#wake();
  }

  /** The connection has ended: notifications from now on are missed. */
  lose(): void {
    this.#isLost = true;
    this.#wake();
  }

  /** Whether the connection was lost since the last call. */
  takeLost(): boolean {
    const isLost = this.#isLost;
    this.#isLost = false;
    return isLost;
  }

  takeHeartbeat(): void {
    this.#hasHeartbeat = false;
  }

  takeIds(): string[] {
    const ids = [...this.#ids];
    this.#ids = new Set();
    return ids;
  }

  /** Ends a wait. */
  wake(): void {
    this.#wake();
  }

  /** Waits until a notification arrives, or for `ms` milliseconds; at once where ids are left to take. */
  async wait(ms: number): Promise<void> {
    if (this.#ids.size > 0 || this.#isLost) return;
    const woken = new AbortController();
    this.#wake = () => woken.abort();
    await this.#clock.sleep(Math.min(ms, LONGEST_MS), woken.signal);
    this.#wake = () => {};
  }
}
