/** What was heard on a listening connection and is not yet looked at: who was written to, and whether it was lost. */
import type { Clock } from '../../platform/clock.js';

/** The id of a repository that was written to; any other payload, such as that of a host's beat, asks for a whole look. */
const ID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** What a timer can take. */
const LONGEST_MS = 60_000;

export class Notices {
  readonly #clock: Clock;
  #ids = new Set<string>();
  #hasBeat = false;
  #isLost = false;
  #wake: () => void = () => {};

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Whether a host was heard of, until a look takes it. */
  get hasBeat(): boolean {
    return this.#hasBeat;
  }

  /** Takes a notification. */
  add(payload: string): void {
    if (ID.test(payload)) this.#ids.add(payload);
    else this.#hasBeat = true;
    this.#wake();
  }

  /** The connection has ended: what is told from now on is not heard. */
  lose(): void {
    this.#isLost = true;
    this.#wake();
  }

  /** Whether it was lost since this was asked last. */
  takeLost(): boolean {
    const isLost = this.#isLost;
    this.#isLost = false;
    return isLost;
  }

  takeBeat(): void {
    this.#hasBeat = false;
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

  /** Waits until something is heard that was not taken, at most so many milliseconds. */
  async wait(ms: number): Promise<void> {
    if (this.#ids.size > 0 || this.#isLost) return;
    const woken = new AbortController();
    this.#wake = () => woken.abort();
    await this.#clock.sleep(Math.min(ms, LONGEST_MS), woken.signal);
    this.#wake = () => {};
  }
}
