/** Remembers what was made for a moment, and makes it once for all who ask meanwhile. */

interface Kept<Answer> {
  readonly answer: Promise<Answer>;
  readonly until: number;
}

/** For answers that carry no staleness: what was committed a moment ago may not be in them yet. */
export class Remembered<Answer> {
  readonly #forMs: number;
  readonly #now: () => number;
  readonly #kept = new Map<string, Kept<Answer>>();

  /**
   * @param forMs for how long, in milliseconds
   * @param now a clock that never goes back, in milliseconds
   */
  constructor(forMs: number, now: () => number = () => performance.now()) {
    this.#forMs = forMs;
    this.#now = now;
  }

  /** What was made for that key a moment ago, else what `make` makes; an error is not remembered. */
  get(key: string, make: () => Promise<Answer>): Promise<Answer> {
    const now = this.#now();
    for (const [old, { until }] of this.#kept) if (until <= now) this.#kept.delete(old);
    const kept = this.#kept.get(key);
    if (kept !== undefined) return kept.answer;
    const answer = make();
    this.#kept.set(key, { answer, until: now + this.#forMs });
    answer.catch(() => this.#kept.delete(key));
    return answer;
  }
}
