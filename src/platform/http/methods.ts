/** Which methods there are at a path, so that a refusal of another one can say so (RFC 9110, 15.5.6). */

interface Served {
  readonly url: string;
  readonly pattern: RegExp;
  readonly methods: readonly string[];
}

/** The routes of a server, as it is told of them. */
export class HttpMethods {
  readonly #served: Served[] = [];

  /** @param url as a route is added, such as `/repos/:slug/doi` */
  add(url: string, methods: string | readonly string[]): void {
    const quoted = url.replace(/[.+?^${}()|[\]\\]/g, '\\$&');
    const pattern = new RegExp(`^${quoted.replaceAll('*', '.*').replace(/:\w+/g, '[^/]+')}$`);
    this.#served.push({ url, pattern, methods: [methods].flat() });
  }

  /** The methods at a path, in order; none where there is nothing. */
  at(path: string): string[] {
    const found = this.#served.flatMap(({ pattern, methods }) => (pattern.test(path) ? methods : []));
    return [...new Set(found)].sort();
  }

  /** Whether the first part of any path is this one. */
  beginsWith(first: string): boolean {
    return this.#served.some(({ url }) => url.split('/')[1] === first);
  }
}
