/** Records what failed at a remote: beside the repository, or as one problem of its server. */
import type { DoiError, ErrorCode } from '../domain/errors.js';
import { retryDelay } from '../domain/request.js';
import type { Log } from '../platform/log.js';
import type { Sql } from '../platform/postgres/sql.js';
import { type Mirror, recordContactFailure, recordServerProblem } from '../store/mirrors/contacts.js';
import { describeMessage } from './failure.js';

/** Why a contact failed, and whether that concerns the whole server. */
export interface RemoteFault {
  readonly isServers: boolean;
  /** How long the server wants to be left alone, in milliseconds. */
  readonly retryAfterMs?: number | undefined;
  /** The address of the repository in the error's message. */
  readonly url?: string | undefined;
}

export interface ContactFailuresDeps {
  readonly sql: Sql;
  readonly host: string;
  readonly log: Log;
  /** Says whose fault the error of a contact is. */
  readonly faultOf: (error: DoiError) => RemoteFault;
}

/** After so many mirrors fail so, and no other is reached in between, the server itself is the problem. */
const FAILED_MIRRORS = 3;
const MAY_BE_SERVERS: ReadonlySet<ErrorCode> = new Set(['remote_denied', 'remote_unreachable']);
/** After so many tries, a server is tried no more rarely. */
const SERVER_TRIES = 6;

type Failed = Pick<Mirror, 'repoId' | 'slug' | 'server'>;

export class ContactFailures {
  readonly #deps: ContactFailuresDeps;
  /** By server: the repositories that failed since it last let this host read one. */
  readonly #failed = new Map<string, Set<string>>();

  constructor(deps: ContactFailuresDeps) {
    this.#deps = deps;
  }

  /** Notes that the server let this host read a repository. */
  noteReached(server: string): void {
    this.#failed.delete(server);
  }

  /** Records that a contact failed. @throws {DoiError} `database_unavailable` */
  async record(mirror: Failed & Pick<Mirror, 'attempts'>, error: DoiError): Promise<void> {
    const { sql } = this.#deps;
    if (await this.recordServers(mirror, error)) return;
    // A mirror that fails has a time of its own too: it must not be the first again whenever the server is tried.
    await recordContactFailure(sql, this.#describe(mirror, error), this.#retryMs(error, mirror.attempts + 1));
  }

  /**
   * Records the part of a failure that concerns the whole server, of a fetch without a contact too.
   * @returns whether any other repository of the server would fail in the same way now
   * @throws {DoiError} `database_unavailable`
   */
  async recordServers(mirror: Failed, error: DoiError): Promise<boolean> {
    const { sql, log, faultOf } = this.#deps;
    const { slug, server } = mirror;
    log.warn({ error, slug, server }, 'a remote was not reached');
    const { isServers } = faultOf(error);
    const haveOthers = MAY_BE_SERVERS.has(error.code) && this.#addFailed(mirror);
    if (isServers || haveOthers) {
      const waits = Array.from({ length: SERVER_TRIES }, (_, at) => this.#retryMs(error, at + 1));
      await recordServerProblem(sql, this.#describeServers(mirror, error), waits);
    }
    return isServers;
  }

  /** @returns whether the failures are the whole server's problem by now */
  #addFailed({ server, repoId }: Failed): boolean {
    const failed = this.#failed.get(server) ?? new Set();
    failed.add(repoId);
    this.#failed.set(server, failed);
    return failed.size >= FAILED_MIRRORS;
  }

  /** The reports of all mirrors of the server show it, so it names the server, and not the repository that found it. */
  #describeServers(mirror: Failed, error: DoiError) {
    const { url } = this.#deps.faultOf(error);
    const { problem, ...failed } = this.#describe(mirror, error);
    if (url === undefined) return { ...failed, problem };
    const message = problem.message
      .replace(`The remote ${url}`, () => `The server ${mirror.server}`)
      .replaceAll(url.replace(/\/$/, ''), () => mirror.server);
    return { ...failed, problem: { ...problem, message } };
  }

  #describe({ repoId, server }: Failed, error: DoiError) {
    const problem = { code: error.code, message: describeMessage(error), remedy: error.remedy };
    return { repoId, host: this.#deps.host, server, problem };
  }

  #retryMs(error: DoiError, tries: number): number {
    const { retryAfterMs = 0 } = this.#deps.faultOf(error);
    return Math.round(Math.max(retryAfterMs, retryDelay(tries, Math.random())));
  }
}
