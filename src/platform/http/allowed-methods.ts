/**
 * Knows the methods at each path, so that the refusal of another method lists them in `Allow` (RFC 9110, 15.5.6). Fastify
 * itself answers such a request with 404.
 */

interface Served {
  readonly url: string;
  readonly pattern: RegExp;
  readonly methods: readonly string[];
}

/** The routes of a server. */
export class HttpMethods {
  readonly #served: Served[] = [];

  /** @param url the pattern of a route, such as `/repos/:slug/doi` */
  add(url: string, methods: string | readonly string[]): void {
    const quoted = url.replace(/[.+?^${}()|[\]\\]/g, '\\$&');
    const pattern = new RegExp(`^${quoted.replaceAll('*', '.*').replace(/:\w+/g, '[^/]+')}$`);
    this.#served.push({ url, pattern, methods: [methods].flat() });
  }

  /** The methods at a path, sorted; none where no route matches. */
  at(path: string): string[] {
    const found = this.#served.flatMap(({ pattern, methods }) => (pattern.test(path) ? methods : []));
    return [...new Set(found)].sort();
  }

  /** Whether any path begins with this segment. */
  beginsWith(first: string): boolean {
    return this.#served.some(({ url }) => url.split('/')[1] === first);
  }
}
