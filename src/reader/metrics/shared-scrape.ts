/** Shares one scrape among all who ask while it is under way, and for a moment after. */

/** For how long a scrape answers once it has ended, in milliseconds. */
const KEPT_MS = 1000;

export class SharedScrape {
  readonly #make: () => Promise<string>;
  readonly #now: () => number;
  #current: Promise<string> | undefined;
  /** When the current one ended; undefined while it is under way. */
  #ended: number | undefined;

  /** @param now a clock that never goes back, in milliseconds */
  constructor(make: () => Promise<string>, now: () => number = () => performance.now()) {
    this.#make = make;
    this.#now = now;
  }

  /** The scrape under way, the last one where it ended a moment ago, or a new one; an error is not kept. */
  get(): Promise<string> {
    const isOver = this.#ended !== undefined && this.#now() - this.#ended >= KEPT_MS;
    if (this.#current !== undefined && !isOver) return this.#current;
    const current = this.#make();
    this.#current = current;
    this.#ended = undefined;
    current.then(
      () => {
        this.#ended = this.#now();
      },
      () => {
        this.#current = undefined;
      },
    );
    return current;
  }
}
