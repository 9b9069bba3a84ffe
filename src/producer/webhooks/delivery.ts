/** A delivery as it came, and what it is proven by. */

export interface Delivery {
  /** Names and values in turn, as they were sent. */
  readonly headers: readonly string[];
  readonly body: Buffer;
}

export interface ProofSettings {
  /** Any of them will do: there are several while one is being replaced. */
  readonly secrets: readonly string[];
  /** Milliseconds since the epoch. */
  readonly now: number;
}
