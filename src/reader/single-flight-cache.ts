/** Makes an answer once for all who ask while it is made, and remembers it for a moment after. */

interface Kept<Answer> {
  readonly answer: Promise<Answer>;
  /** Infinity while it is made. */
  until: number;
}

/** For answers that carry no staleness: what was committed a moment ago may not be in them yet. */
export class SingleFlightCache<Answer> {
  readonly #forMs: number;
  readonly #now: () => number;
  readonly #kept = new Map<string, Kept<Answer>>();

  /**
   * @param forMs for how long once it was made, in milliseconds
   * @param now a clock that never goes back, in milliseconds
   */
  constructor(forMs: number, now: () => number = () => performance.now()) {
    this.#forMs = forMs;
    this.#now = now;
  }

  /** What is being made for that key or was made a moment ago, else what `make` makes; an error is not remembered. */
  get(key: string, make: () => Promise<Answer>): Promise<Answer> {
    const now = this.#now();
    for (const [old, { until }] of this.#kept) if (until <= now) this.#kept.delete(old);
    const kept = this.#kept.get(key);
    if (kept !== undefined) return kept.answer;
    const made: Kept<Answer> = { answer: make(), until: Number.POSITIVE_INFINITY };
    this.#kept.set(key, made);
    made.answer.then(
      () => {
        made.until = this.#now() + this.#forMs;
      },
      () => this.#kept.delete(key),
    );
    return made.answer;
  }
}
