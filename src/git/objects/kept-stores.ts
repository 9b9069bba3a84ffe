/**
 * Keeps what was read of commits until the next call on them. Promise: one call at a time uses it, it serves no other
 * repository, which could lie about the same commit, and it is bounded.
 */
import type { ObjectPlace } from './object-place.js';

const MOST_KEPT = 32;
/** Of all that is kept. A commit of which more was read is read again. */
const MAX_BYTES = 32 * 1024 * 1024;

export class KeptStores<T extends { readonly bytes: number }> {
  readonly #kept = new Map<string, T>();

  /** Gives what was kept away: another call finds none until it is kept again. */
  take(place: ObjectPlace): T | undefined {
    const key = keyOf(place);
    const store = this.#kept.get(key);
    this.#kept.delete(key);
    return store;
  }

  keep(place: ObjectPlace, store: T): void {
    const key = keyOf(place);
    // Deleted first, since a map keeps the place of a key that it has.
    this.#kept.delete(key);
    this.#kept.set(key, store);
    let bytes = [...this.#kept.values()].reduce((sum, one) => sum + one.bytes, 0);
    for (const [oldest, one] of this.#kept) {
      if (this.#kept.size <= MOST_KEPT && bytes <= MAX_BYTES) return;
      this.#kept.delete(oldest);
      bytes -= one.bytes;
    }
  }
}

function keyOf({ repoId, folder, commit, owner }: ObjectPlace): string {
  // By the owner too, as whom root reads.
  return JSON.stringify([repoId, folder, commit, owner.uid, owner.gid]);
}
