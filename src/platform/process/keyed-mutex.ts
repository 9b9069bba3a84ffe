/** Lets what uses the same thing go one at a time, in the order of asking; what uses another thing does not wait. */

export class KeyedMutex {
  readonly #last = new Map<string, Promise<unknown>>();

  /** @param act is begun once all that asked for `key` before have ended, however they did */
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
