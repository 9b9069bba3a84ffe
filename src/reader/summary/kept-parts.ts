/** Keeps parts of one summary that clients have requested, within a bound of their number and of their bytes. */
import type { Representation } from '../representation.js';

/** A part of the summary as it is sent. */
export interface SummaryPart {
  readonly representation: Representation;
  /** Of a page that is not the last: where the next one begins. */
  readonly next: string | undefined;
}

interface Kept {
  readonly made: Promise<SummaryPart>;
  /** 0 until it is made. */
  bytes: number;
}

export interface KeptPartsLimits {
  /** How many parts are kept. */
  readonly parts: number;
  /** How many bytes they have together, not zipped. A larger part is sent and not kept. */
  readonly bytes: number;
}

// Fields and pages can be combined in any number of ways, and each could be nearly as large as the whole.
const LIMITS: KeptPartsLimits = { parts: 64, bytes: 32 * 1024 * 1024 };

export class KeptParts {
  readonly #limits: KeptPartsLimits;
  /** In the order in which they were requested first. */
  readonly #kept = new Map<string, Kept>();
  #bytes = 0;

  constructor(limits: KeptPartsLimits = LIMITS) {
    this.#limits = limits;
  }

  /** How many bytes the parts have that are kept. */
  get bytes(): number {
    return this.#bytes;
  }

  /** The part that is kept for a key or being made, else what `make` returns. An error is not kept. */
  get(
    key: string,
    make: () => Promise<SummaryPart>,
  ): { readonly isHit: boolean; readonly made: Promise<SummaryPart> } {
    const before = this.#kept.get(key);
    if (before !== undefined) return { isHit: true, made: before.made };
    const kept: Kept = { made: make(), bytes: 0 };
    this.#kept.set(key, kept);
    kept.made.then(
      ({ representation }) => this.#count(key, kept, representation.plain.bytes.length),
      () => this.#drop(key, kept),
    );
    this.#shrink();
    return { isHit: false, made: kept.made };
  }

  #count(key: string, kept: Kept, bytes: number): void {
    // It was dropped while it was made.
    if (this.#kept.get(key) !== kept) return;
    kept.bytes = bytes;
    this.#bytes += bytes;
    this.#shrink();
  }

  #shrink(): void {
    for (const [key, kept] of this.#kept) {
      if (this.#kept.size <= this.#limits.parts && this.#bytes <= this.#limits.bytes) return;
      // One that is being made has no size yet, and dropping it would free none.
      if (kept.bytes > 0 || this.#kept.size > this.#limits.parts) this.#drop(key, kept);
    }
  }

  #drop(key: string, kept: Kept): void {
    if (this.#kept.get(key) !== kept) return;
    this.#kept.delete(key);
    this.#bytes -= kept.bytes;
  }
}
