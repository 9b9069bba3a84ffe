/** Contacts the remotes of mirrors, each when it is due and when a job needs it, and records how that ended. */
import { DoiError, isHostProblem } from '../domain/errors.js';
import { retryDelay } from '../domain/request.js';
import { BatchLoader } from '../platform/batch-loader.js';
import type { Clock } from '../platform/clock.js';
import type { Log } from '../platform/log.js';
import type { Sql } from '../platform/postgres/sql.js';
import { readDatabaseTime } from '../store/hosts/heartbeat.js';
import {
  type Contact,
  claimDueMirrors,
  type Mirror,
  nextDue,
  readMirror,
  recordContactFailure,
  recordContacts,
  recordServerProblem,
} from '../store/mirrors/contacts.js';
import { describeMessage } from './failure.js';

export interface ContactedMirror extends Mirror {
  /** Whether its objects could not be read, so that it is to be made again. */
  readonly isDamaged: boolean;
}

/** What a contact found: the commit of the branch, which the mirror now has. */
export interface Reached {
  readonly commit: string;
  /** Whether the mirror's branch was moved. */
  readonly fetched: boolean;
  /** Whether the mirror was made, or made again. */
  readonly isNew: boolean;
  /** The size of the mirror. */
  readonly bytes: number;
}

/** Why a contact failed, and whether that concerns the whole server. */
export interface RemoteFault {
  readonly isServers: boolean;
  /** How long the server wants to be left alone, in milliseconds. */
  readonly retryAfterMs?: number | undefined;
}

export interface MirrorContactDeps {
  readonly sql: Sql;
  readonly host: string;
  readonly clock: Clock;
  readonly log: Log;
  readonly everyMs: number;
  /** How many remotes are contacted at once. */
  readonly concurrency: number;
  /**
   * Brings a mirror to the commit of its remote, in its turn.
   * @param onTurn called when its turn has come, before the remote is contacted
   * @throws {DoiError} `remote_…`, `branch_missing`
   */
  readonly contact: (
    mirror: ContactedMirror,
    onTurn: () => Promise<void>,
    signal: AbortSignal,
  ) => Promise<Reached>;
  /** Says whose fault the error of a contact is. */
  readonly faultOf: (error: DoiError) => RemoteFault;
  /** Called after a contact that moved the branch of a mirror. */
  readonly onMoved: (repoId: string) => Promise<void>;
}

/** How a contact ended. `left-alone`: the server refused, limited or did not answer before, and its time has not come. */
export type ContactEnd =
  | { readonly state: 'none' }
  | { readonly state: 'reached'; readonly moved: boolean }
  | { readonly state: 'left-alone' }
  | { readonly state: 'failed'; readonly error: DoiError };

/** After so many refusals in a row, of any mirrors, the server itself is the problem. */
const DENIED_IN_A_ROW = 3;
/** How long the loop waits at least and at most between two claims, in milliseconds. */
const CLAIM_PAUSE = { least: 50, most: 5000 };

interface Waiting {
  readonly end: Promise<ContactEnd>;
  hasBegun: boolean;
}

export class MirrorContacts {
  readonly #deps: MirrorContactDeps;
  readonly #stop = new AbortController();
  /** By repository: the contact that was added last. */
  readonly #waiting = new Map<string, Waiting>();
  readonly #denied = new Map<string, number>();
  readonly #records: BatchLoader<Contact, undefined>;
  #running: Promise<void> | undefined;

  constructor(deps: MirrorContactDeps) {
    this.#deps = deps;
    this.#records = new BatchLoader(async (contacts: readonly Contact[]) => {
      // Of one repository the last one counts: two rows of it could not be written by one statement.
      const last = new Map(contacts.map((one) => [one.repoId, one]));
      await recordContacts(deps.sql, [...last.values()]);
      return contacts.map(() => undefined);
    });
  }

  /** Contacts remotes as they become due, until it is closed. */
  start(): void {
    this.#running = this.#run();
  }

  async close(): Promise<void> {
    this.#stop.abort();
    await this.#running;
  }

  /**
   * Contacts the remote of the mirror that this host keeps of a repository. Callers share a contact that has not begun yet,
   * and never one that has: its answer may be older than what they know.
   * @param isDamaged whether the mirror is to be made again
   * @throws {DoiError} `database_unavailable`
   */
  async contact(repoId: string, isDamaged = false): Promise<ContactEnd> {
    const { sql, host } = this.#deps;
    const mirror = await readMirror(sql, repoId, host);
    if (mirror === undefined) return { state: 'none' };
    return mirror.serverWaitMs > 0 ? { state: 'left-alone' } : this.#share({ ...mirror, isDamaged });
  }

  #share(mirror: ContactedMirror): Promise<ContactEnd> {
    const { repoId, isDamaged } = mirror;
    const last = this.#waiting.get(repoId);
    if (last !== undefined && !last.hasBegun && !isDamaged) return last.end;
    const waiting: Waiting = {
      hasBegun: false,
      end: this.#after(last, () => this.#contact(mirror, waiting)),
    };
    this.#waiting.set(repoId, waiting);
    const forget = () => {
      if (this.#waiting.get(repoId) === waiting) this.#waiting.delete(repoId);
    };
    waiting.end.then(forget, forget);
    return waiting.end;
  }

  async #after(last: Waiting | undefined, contact: () => Promise<ContactEnd>): Promise<ContactEnd> {
    // One contact of a mirror at a time. How the last one ended concerns those who waited for it.
    await last?.end.catch(() => {});
    return contact();
  }

  async #contact(mirror: ContactedMirror, waiting: Waiting): Promise<ContactEnd> {
    const { sql, host, contact } = this.#deps;
    const { repoId, server } = mirror;
    let began = '';
    const onTurn = async () => {
      waiting.hasBegun = true;
      began = await readDatabaseTime(sql);
    };
    try {
      const { commit: head, fetched, ...size } = await contact(mirror, onTurn, this.#stop.signal);
      this.#denied.delete(server);
      await this.#records.add({ repoId, host, server, began, head, ...size });
      if (fetched) await this.#deps.onMoved(repoId);
      return { state: 'reached', moved: fetched };
    } catch (error) {
      if (!(error instanceof DoiError) || isHostProblem(error) || this.#stop.signal.aborted) throw error;
      await this.#recordFailure(mirror, error);
      return { state: 'failed', error };
    }
  }

  async #recordFailure(mirror: Mirror, error: DoiError): Promise<void> {
    const { sql, host, log, faultOf } = this.#deps;
    const { repoId, server, slug, attempts } = mirror;
    const { isServers, retryAfterMs = 0 } = faultOf(error);
    const problem = { code: error.code, message: describeMessage(error), remedy: error.remedy };
    const denied = error.code === 'remote_denied' ? (this.#denied.get(server) ?? 0) + 1 : 0;
    this.#denied.set(server, denied);
    const retryMs = (tries: number) => Math.round(Math.max(retryAfterMs, retryDelay(tries, Math.random())));
    const failed = { repoId, host, server, problem, retryMs };
    log.warn({ error, slug, server }, 'a remote was not reached');
    if (isServers || denied >= DENIED_IN_A_ROW) await recordServerProblem(sql, failed);
    else await recordContactFailure(sql, failed, attempts + 1);
  }

  async #run(): Promise<void> {
    const { clock, log } = this.#deps;
    const { signal } = this.#stop;
    let isFailing = false;
    while (!signal.aborted) {
      let pause: number = CLAIM_PAUSE.most;
      try {
        pause = await this.#round();
        isFailing = false;
      } catch (error) {
        if (!isFailing && !signal.aborted)
          log.warn({ error }, 'contacts with remotes failed; the worker retries them');
        isFailing = true;
      }
      await clock.sleep(pause, signal);
    }
  }

  /** Contacts those that are due. @returns how long to wait before the next round, in milliseconds */
  async #round(): Promise<number> {
    const { sql, host, everyMs, concurrency } = this.#deps;
    const due = await claimDueMirrors(sql, host, { everyMs, most: 2 * concurrency });
    const ends = await Promise.allSettled(due.map((mirror) => this.#share({ ...mirror, isDamaged: false })));
    for (const end of ends) if (end.status === 'rejected') throw end.reason;
    const wait = due.length > 0 ? 0 : ((await nextDue(sql, host)) ?? CLAIM_PAUSE.most);
    return Math.min(Math.max(wait, CLAIM_PAUSE.least), CLAIM_PAUSE.most);
  }
}
