/** Runs actions on the same key one at a time, in the order of the calls; actions on other keys do not wait. */

export class KeyedMutex {
  readonly #last = new Map<string, Promise<unknown>>();

  /** @param act starts when all earlier actions on `key` have ended, whether they failed or not */
  async run<T>(key: string, act: () => Promise<T>): Promise<T> {
    const before = this.#last.get(key) ?? Promise.resolve();
    const mine = before.then(act, act);
    this.#last.set(key, mine);
    try {
      return await mine;
    } finally {
      if (this.#last.get(key) === mine) this.#last.delete(key);
    }
  }
}
