/** Keeps the two tokens of this tab, over a reload, until the tab is closed or the person forgets them. */

/** What a token allows: to read, or to request evaluations. */
export type Purpose = 'read' | 'write';

/**
 * Tokens are in `sessionStorage`, not in `localStorage` or a cookie: other tabs do not get them, the browser adds them to
 * no HTTP request by itself, and it deletes them with the tab. A script that runs in this page could read them, but it
 * could as well send HTTP requests with a token that only memory holds. Both are protected by the page's policy, which
 * runs no script but the page's own, and because nothing that the service says becomes markup. What storage adds: another
 * application of the same origin that is opened in this tab later can read them. That is why there is `forget`.
 */
export class Tokens {
  readonly #tokens = new Map<Purpose, string>();

  constructor() {
    for (const purpose of ['read', 'write'] as const) {
      const token = useStorage((storage) => storage.getItem(keyOf(purpose)));
      if (token) this.#tokens.set(purpose, token);
    }
  }

  get(purpose: Purpose): string | undefined {
    return this.#tokens.get(purpose);
  }

  get isEmpty(): boolean {
    return this.#tokens.size === 0;
  }

  set(purpose: Purpose, token: string): void {
    this.#tokens.set(purpose, token);
    useStorage((storage) => storage.setItem(keyOf(purpose), token));
  }

  forget(purpose: Purpose): void {
    this.#tokens.delete(purpose);
    useStorage((storage) => storage.removeItem(keyOf(purpose)));
  }
}

/** Another service of the same origin, below another path, has tokens of its own. */
const keyOf = (purpose: Purpose) => `doi ${purpose} token of ${new URL('./', location.href).pathname}`;

/** Where its settings forbid storage, the browser throws; the tokens are then in memory alone. */
function useStorage<T>(use: (storage: Storage) => T): T | undefined {
  try {
    return use(sessionStorage);
  } catch {
    return undefined;
  }
}
