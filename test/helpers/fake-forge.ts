/** A forge of a test's own at a loopback address: answers each path as the test says, and remembers what it was sent. */
import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface FakeAnswer {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** Sent as JSON, or, where it is a text, as it is. */
  readonly body?: unknown;
  /** Never answers. */
  readonly hangs?: boolean;
}

export interface Received {
  /** Path and query. */
  readonly target: string;
  readonly headers: IncomingHttpHeaders;
}

export class FakeForge {
  readonly received: Received[] = [];
  /** By path and query; a list is used up one answer a time, down to its last. */
  answers: Record<string, FakeAnswer | FakeAnswer[]> = {};
  readonly #server: Server;

  private constructor(server: Server) {
    this.#server = server;
    server.on('request', (request, response) => {
      const target = request.url ?? '';
      this.received.push({ target, headers: request.headers });
      const given = this.answers[target];
      const answer = Array.isArray(given) ? (given.length > 1 ? given.shift() : given[0]) : given;
      if (answer?.hangs) return;
      const {
        status = 200,
        headers = {},
        body = [],
      } = answer ?? { status: 404, body: { message: 'Not Found' } };
      response.writeHead(status, { 'content-type': 'application/json', ...headers });
      response.end(typeof body === 'string' ? body : JSON.stringify(body));
    });
  }

  static async start(): Promise<FakeForge> {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    return new FakeForge(server);
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** The paths that were asked for, in order. */
  get targets(): string[] {
    return this.received.map(({ target }) => target);
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    this.#server.close();
    await once(this.#server, 'close');
  }

  /** A `Link` header with the next page at this forge. */
  next(target: string, last = target): Record<string, string> {
    return { link: `<${this.url}${target}>; rel="next", <${this.url}${last}>; rel="last"` };
  }

  /** A repository as GitHub, Gitea and Forgejo describe it. */
  repository(id: number, fullName: string, more: Readonly<Record<string, unknown>> = {}) {
    return {
      ...{ id, name: fullName.split('/').at(-1), full_name: fullName, archived: false, fork: false },
      ...{ clone_url: `${this.url}/${fullName}.git`, ssh_url: `git@127.0.0.1:${fullName}.git` },
      ...{ default_branch: 'main', topics: [], private: true, ...more },
    };
  }

  /** A project as GitLab describes it. */
  project(id: number, path: string, more: Readonly<Record<string, unknown>> = {}) {
    return {
      ...{ id, path: path.split('/').at(-1), name: 'A Name', path_with_namespace: path, archived: false },
      ...{ http_url_to_repo: `${this.url}/${path}.git`, ssh_url_to_repo: `git@127.0.0.1:${path}.git` },
      ...{ default_branch: 'main', topics: [], empty_repo: false, visibility: 'private', ...more },
    };
  }
}
