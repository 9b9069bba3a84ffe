/** The two tokens of this tab: they survive a reload, and end with the tab or when somebody forgets them. */

export type Purpose = 'read' | 'ask';

/**
 * Tokens are in `sessionStorage`, not in `localStorage` or a cookie: other tabs do not get them, no request carries them
 * unasked, and the browser deletes them with the tab. A script that runs in this page could read them, but it could as well
 * send requests with a token that only memory holds; what protects both is the page's policy, which runs no script but
 * the page's own, and that nothing the service says becomes markup. What storage adds: another application of the same
 * origin that is opened in this tab later can read them. That is why there is `forget`.
 */
export class Tokens {
  readonly #held = new Map<Purpose, string>();

  constructor() {
    for (const purpose of ['read', 'ask'] as const) {
      const token = stored((storage) => storage.getItem(keyOf(purpose)));
      if (token) this.#held.set(purpose, token);
    }
  }

  get(purpose: Purpose): string | undefined {
    return this.#held.get(purpose);
  }

  get isEmpty(): boolean {
    return this.#held.size === 0;
  }

  set(purpose: Purpose, token: string): void {
    this.#held.set(purpose, token);
    stored((storage) => storage.setItem(keyOf(purpose), token));
  }

  forget(purpose: Purpose): void {
    this.#held.delete(purpose);
    stored((storage) => storage.removeItem(keyOf(purpose)));
  }
}

/** Another service of the same origin, below another path, has tokens of its own. */
const keyOf = (purpose: Purpose) => `doi ${purpose} token of ${new URL('./', location.href).pathname}`;

/** A browser that is told to store nothing throws; the tokens are then in memory alone. */
function stored<T>(use: (storage: Storage) => T): T | undefined {
  try {
    return use(sessionStorage);
  } catch {
    return undefined;
  }
}
