/** Makes an answer once for all callers that arrive while it is being made, and keeps it for a moment. */

interface Kept<Answer> {
  readonly answer: Promise<Answer>;
  /** Infinity while the answer is being made. */
  until: number;
}

/** Only for answers that do not say whether they are stale: what was committed a moment ago may be missing in them. */
export class SingleFlightCache<Answer> {
  readonly #forMs: number;
  readonly #now: () => number;
  readonly #kept = new Map<string, Kept<Answer>>();

  /**
   * @param forMs for how long an answer is kept once it was made, in milliseconds
   * @param now a clock that never goes back, in milliseconds
   */
  constructor(forMs: number, now: () => number = () => performance.now()) {
    this.#forMs = forMs;
    this.#now = now;
  }

  /** The answer for a key that is being made or is kept, else what `make` returns. An error is not kept. */
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
