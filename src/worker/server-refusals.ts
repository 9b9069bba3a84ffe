/** Counts which mirrors a server refuses, to tell one repository without credentials from a server without any. */

/** After so many mirrors are refused, and no other is reached in between, the server itself is the problem. */
const DENIED_MIRRORS = 3;

export class ServerRefusals {
  /** By server: the repositories that it has refused since it last let this host read one. */
  readonly #refused = new Map<string, Set<string>>();

  /** Notes that a repository was refused. @returns whether that is the whole server's problem by now */
  add(server: string, repoId: string): boolean {
    const refused = this.#refused.get(server) ?? new Set();
    refused.add(repoId);
    this.#refused.set(server, refused);
    return refused.size >= DENIED_MIRRORS;
  }

  /** Notes that the server let this host read a repository. */
  end(server: string): void {
    this.#refused.delete(server);
  }
}
