/** Contacts the remotes of mirrors, one contact of a mirror at a time, and records how that ended. */
import { DoiError, isHostProblem } from '../domain/errors.js';
import { BatchLoader } from '../platform/batch-loader.js';
import type { Log } from '../platform/log.js';
import type { Sql } from '../platform/postgres/sql.js';
import { endsWithin, untilAborted } from '../platform/process/ends-within.js';
import { readDatabaseTime } from '../store/hosts/heartbeat.js';
import { type Contact, type Mirror, makeDue, recordContacts } from '../store/mirrors/contacts.js';
import { type ContactEnd, type ContactingJob, failedBefore } from './contact-end.js';
import type { ContactFailures } from './contact-failures.js';
import { readOwnMirror, withOwnServer } from './read-own-mirror.js';
import { JOB_WAIT_MS } from './still-fetching.js';

export interface ContactedMirror extends Mirror {
  /** Whether its objects could not be read, so that it is to be made again. */
  readonly isDamaged: boolean;
}

/** What a contact found: the commit of the branch, which the mirror now has. */
export interface Reached {
  readonly commit: string;
  /** The commit that the remote listed before the fetch: another one where the branch moved in between. */
  readonly listed: string;
  /** Whether the mirror's branch was moved. */
  readonly fetched: boolean;
  /** Whether the mirror was made, or made again. */
  readonly isNew: boolean;
  /** The size of the mirror. */
  readonly bytes: number;
}

export interface MirrorContactDeps {
  readonly sql: Sql;
  readonly host: string;
  readonly log: Log;
  /** How often a mirror is contacted, in milliseconds. */
  readonly everyMs: number;
  /** Whether the path that the registry has is that of our own mirror: any other folder belongs to a person or another program. */
  readonly isOurs: (mirror: Mirror) => boolean;
  /** Runs an action when it is its turn, of all contacts and at that server. */
  readonly inTurn: <T>(server: string, act: () => Promise<T>, signal: AbortSignal) => Promise<T>;
  /** Brings a mirror to the commit of its remote. @throws {DoiError} `remote_…`, `branch_missing` */
  readonly contact: (mirror: ContactedMirror, signal: AbortSignal) => Promise<Reached>;
  /** Records contacts that failed. */
  readonly failures: ContactFailures;
  /** Called after a contact that moved a branch without a job that waits, or that a job no longer waited for. */
  readonly onEnd: (repoId: string) => Promise<void>;
  /** How long a job waits for a contact, in milliseconds, for tests. */
  readonly jobWaitMs?: number;
}

/** How often a contact is repeated because the branch moved between the list and the fetch. */
const MOST_LISTS = 3;
interface Waiting {
  /** As it was last read. */
  mirror: Mirror;
  readonly end: Promise<ContactEnd>;
  hasBegun: boolean;
  /** The requests whose jobs wait for it. Such a job that is started again knows nothing newer. */
  readonly requests: Set<string>;
  /** How many jobs wait for it, and whether one stopped waiting. */
  jobs: number;
  isDeferred: boolean;
}

export class MirrorContacts {
  readonly #deps: MirrorContactDeps;
  readonly #stop = new AbortController();
  /** By repository: the contact that was added last. */
  readonly #waiting = new Map<string, Waiting>();
  /** By repository: the request that was last contacted for, and how that ended. */
  readonly #served = new Map<string, { readonly seq: string; readonly end: ContactEnd }>();
  readonly #records: BatchLoader<Contact, undefined>;

  constructor(deps: MirrorContactDeps) {
    this.#deps = deps;
    this.#records = new BatchLoader(async (contacts: readonly Contact[]) => {
      // Of one repository the last one counts: two rows of it could not be written by one statement.
      const last = new Map(contacts.map((one) => [one.repoId, one]));
      await recordContacts(deps.sql, [...last.values()], deps.everyMs);
      return contacts.map(() => undefined);
    });
  }

  /** Ends the contacts under way. */
  async close(): Promise<void> {
    this.#stop.abort();
    await Promise.allSettled([...this.#waiting.values()].map(({ end }) => end));
  }

  /** Contacts a mirror that is due, or shares a contact that has not begun. @throws {DoiError} `database_unavailable` */
  async contactDue(claimed: Mirror): Promise<ContactEnd> {
    const mirror = await withOwnServer(this.#deps.sql, claimed, this.#deps.host);
    if (mirror === undefined) return { state: 'none' };
    if (this.#deps.isOurs(mirror)) return this.#share({ ...mirror, isDamaged: false }).end;
    const error = notOurs(mirror.path);
    await this.#deps.failures.record(mirror, error);
    return { state: 'failed', error };
  }

  /**
   * Contacts the remote of the mirror that this host keeps of a repository. Jobs share a contact that has not begun yet, and
   * one that has begun only if it was for their request: else its answer may be older than what they know.
   * @throws {DoiError} `database_unavailable`; the signal's reason where that was aborted
   */
  async contact(repoId: string, job: ContactingJob): Promise<ContactEnd> {
    const { sql, host, isOurs, jobWaitMs = JOB_WAIT_MS } = this.#deps;
    const mirror = await readOwnMirror(sql, repoId, host);
    if (mirror === undefined || !isOurs(mirror)) return { state: 'none' };
    const served = this.#served.get(repoId);
    if (served?.seq === job.seq && !job.isDamaged) return served.end;
    const mustWait = mirror.attempts > 0 && mirror.dueMs > 0 && !job.isPerson;
    if (mirror.serverWaitMs > 0) return this.#leaveAlone(repoId, !mustWait);
    if (mustWait) return failedBefore(mirror.failure);
    const last = this.#waiting.get(repoId);
    const isMine = last?.requests.has(job.seq) === true && !job.isDamaged;
    const waiting = isMine ? last : this.#share({ ...mirror, isDamaged: job.isDamaged });
    waiting.requests.add(job.seq);
    waiting.jobs += 1;
    const hasEnded = await endsWithin(untilAborted(waiting.end, job.signal), jobWaitMs);
    waiting.jobs -= 1;
    job.signal.throwIfAborted();
    const noteEnd = (end: ContactEnd) => {
      this.#served.set(repoId, { seq: job.seq, end });
      return end;
    };
    if (hasEnded) return noteEnd(await waiting.end);
    waiting.isDeferred = true;
    waiting.end.then(noteEnd, () => {});
    return { state: 'under-way' };
  }

  #share(mirror: ContactedMirror): Waiting {
    const { repoId, isDamaged } = mirror;
    const last = this.#waiting.get(repoId);
    if (last !== undefined && !last.hasBegun && !isDamaged) return last;
    const waiting: Waiting = {
      ...{ mirror, hasBegun: false, requests: new Set(), jobs: 0, isDeferred: false },
      end: this.#after(last, () => this.#contact(mirror, waiting)),
    };
    this.#waiting.set(repoId, waiting);
    const forget = () => {
      if (this.#waiting.get(repoId) === waiting) this.#waiting.delete(repoId);
    };
    waiting.end.then(forget, forget);
    return waiting;
  }

  async #after(last: Waiting | undefined, contact: () => Promise<ContactEnd>): Promise<ContactEnd> {
    // One contact of a mirror at a time. How the last one ended concerns those who waited for it.
    await last?.end.catch(() => {});
    return contact();
  }

  async #contact(mirror: ContactedMirror, waiting: Waiting): Promise<ContactEnd> {
    const end = await this.#contactInTurn(mirror, waiting);
    const { repoId, slug } = mirror;
    if (waiting.isDeferred || (end.state === 'reached' && end.moved && waiting.jobs === 0)) {
      // Nothing is lost where it fails: the next pass of the watch finds what changed, and the request that is due.
      await this.#deps
        .onEnd(repoId)
        .catch((error: unknown) =>
          this.#deps.log.warn({ error, slug }, 'what follows a contact was not requested'),
        );
    }
    return end;
  }

  async #contactInTurn(mirror: ContactedMirror, waiting: Waiting): Promise<ContactEnd> {
    const { inTurn, failures } = this.#deps;
    try {
      return await inTurn(mirror.server, () => this.#contactNow(mirror, waiting), this.#stop.signal);
    } catch (error) {
      if (!(error instanceof DoiError) || isHostProblem(error) || this.#stop.signal.aborted) throw error;
      await failures.record(waiting.mirror, error);
      return { state: 'failed', error };
    }
  }

  async #contactNow({ repoId, isDamaged }: ContactedMirror, waiting: Waiting): Promise<ContactEnd> {
    const { sql, host, contact, isOurs, failures } = this.#deps;
    waiting.hasBegun = true;
    // Read again: while it waited, its branch or address may have changed, or its server may have refused.
    const mirror = await readOwnMirror(sql, repoId, host);
    if (mirror === undefined || !isOurs(mirror)) return { state: 'none' };
    waiting.mirror = mirror;
    if (mirror.serverWaitMs > 0) return this.#leaveAlone(repoId, true);
    const { url, branch, server } = mirror;
    let moved = false;
    for (let lists = 1; ; lists += 1) {
      const began = await readDatabaseTime(sql);
      const found = await contact({ ...mirror, isDamaged: isDamaged && lists === 1 }, this.#stop.signal);
      const { commit: head, listed, fetched, isNew, bytes } = found;
      moved ||= fetched;
      // Where the branch moved after the list, it was at another commit when this contact began.
      if (listed !== head && lists < MOST_LISTS) continue;
      failures.noteReached(server);
      if (listed === head)
        await this.#records.add({ repoId, url, branch, server, host, began, head, isNew, bytes });
      return { state: 'reached', moved };
    }
  }

  /** The request that wanted the contact ends: what it wanted is done when the server's time has come. */
  async #leaveAlone(repoId: string, isWanted: boolean): Promise<ContactEnd> {
    if (isWanted) await makeDue(this.#deps.sql, repoId);
    return { state: 'left-alone' };
  }
}

/** Without this failure a report would say no more than that its mirror was not contacted. */
function notOurs(path: string): DoiError {
  const found = `The registry names ${path} on this host, and that is not where this worker keeps the mirror.`;
  const remedy =
    'To judge that folder, run "doi register" with its path. For a mirror, let this user write to DOI_MIRRORS, take the path of this host out of the registry, and run "doi register URL".';
  return new DoiError('remote_failed', found, remedy);
}
