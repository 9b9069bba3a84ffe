/**
 * Step 6 of the summary: its bodies in the web process, as the thread sends them. Promise: once the first read
 * has ended, no HTTP request waits for a read of the summary.
 */
import { Worker } from 'node:worker_threads';
import { DoiError } from '../../domain/errors.js';
import { systemClock } from '../../platform/clock.js';
import type { Log } from '../../platform/log.js';
import { endsWithin } from '../../platform/process/ends-within.js';
import { distPath } from '../../platform/process/package-root.js';
import { Representation } from '../representation.js';
import type { Sent } from '../send.js';
import { KeptParts, type SummaryPart } from './kept-parts.js';
import type { BodyQuery, FromThread, SummaryBody, ThreadOptions, ToThread } from './messages.js';
import type { SummaryStatistics } from './statistics.js';

/** A body of the summary, with the time when the oldest pass used began. */
export interface SentSummary extends Sent {
  readonly verifiedAt: string;
  /** Of a page that is not the last: where the next one begins. */
  readonly next?: string | undefined;
}

interface Current {
  readonly whole: Representation;
  /** The latest time for which the thread confirmed this very body; a later time of another body does not count for it. */
  verifiedAt: string;
  readonly statistics: SummaryStatistics;
  /** Parts of this body that clients have requested, by query. */
  readonly parts: KeptParts;
}

interface Pending<Value> {
  readonly resolve: (value: Value) => void;
  readonly reject: (error: DoiError) => void;
}

const RESTART_MS = 1000;

export class PreparedSummary {
  readonly #options: ThreadOptions;
  readonly #log: Log;
  readonly #entry: string;
  #thread: Worker | undefined;
  #current: Current | undefined;
  /** Why the summary cannot be served now. */
  #problem: DoiError | undefined;
  /** Reads that wait for the first message of a thread. */
  #waiting: (() => void)[] = [];
  readonly #pending = new Map<number, Pending<SummaryBody>>();
  /** The zipped bytes of the current body, until they arrive. */
  #zipping: Pending<Buffer> | undefined;
  #lastId = 0;
  readonly #closing = new AbortController();

  /** @param entry another compiled thread, for tests */
  constructor(options: ThreadOptions, log: Log, entry = distPath('reader/summary/thread.js')) {
    this.#options = options;
    this.#log = log;
    this.#entry = entry;
  }

  /** Starts the thread unless it runs. */
  start(): void {
    if (this.#thread !== undefined || this.#isClosed) return;
    const thread = new Worker(this.#entry, {
      workerData: this.#options,
      env: {},
      execArgv: [],
    });
    this.#thread = thread;
    thread.on('message', (message: FromThread) => this.#take(message));
    thread.on('error', (error) => this.#log.error({ error }, 'the thread of the summary broke'));
    thread.on('exit', () => this.#onExit());
  }

  /**
   * The summary, or the part of it that a query names, as of the last pass. The whole is returned without a promise.
   * Rejects with a {@link DoiError}: `database_unavailable` and `schema_incompatible`, at once while they last; `internal`.
   */
  get(query: BodyQuery): SentSummary | Promise<SentSummary> {
    const current = this.#problem === undefined ? this.#current : undefined;
    if (current === undefined || !isWhole(query)) return this.#read(query);
    return { representation: current.whole, verifiedAt: current.verifiedAt, isHit: true };
  }

  async #read(query: BodyQuery): Promise<SentSummary> {
    this.start();
    if (this.#current === undefined && this.#problem === undefined) {
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    }
    if (this.#problem !== undefined) throw this.#problem;
    const current = this.#current;
    if (current === undefined) throw BROKEN;
    if (isWhole(query)) return { representation: current.whole, verifiedAt: current.verifiedAt, isHit: true };
    const { isHit, made } = current.parts.get(JSON.stringify(query), () => this.#make(query));
    const { representation, next } = await made;
    return { representation, verifiedAt: current.verifiedAt, isHit, next };
  }

  /** The counts of the whole summary; undefined while it cannot be served. */
  statistics(): SummaryStatistics | undefined {
    return this.#problem === undefined ? this.#current?.statistics : undefined;
  }

  /** Ends the thread. */
  async close(): Promise<void> {
    this.#closing.abort();
    const thread = this.#thread;
    if (thread === undefined) return;
    const ended = new Promise((resolve) => thread.once('exit', resolve));
    thread.postMessage('close' satisfies ToThread);
    if (!(await endsWithin(ended, CLOSE_MS))) await thread.terminate();
  }

  get #isClosed(): boolean {
    return this.#closing.signal.aborted;
  }

  async #make(query: BodyQuery): Promise<SummaryPart> {
    const { bytes, etag, next } = await this.#request(query);
    return { representation: new Representation(Buffer.from(bytes.buffer), { etag }), next };
  }

  #request(query: BodyQuery): Promise<SummaryBody> {
    return new Promise((resolve, reject) => {
      this.#lastId += 1;
      this.#pending.set(this.#lastId, { resolve, reject });
      this.#thread?.postMessage({ id: this.#lastId, query } satisfies ToThread);
    });
  }

  #take(message: FromThread): void {
    if (message.kind === 'made') {
      this.#pending.get(message.id)?.resolve(message.body);
      this.#pending.delete(message.id);
      return;
    }
    if (message.kind === 'zipped') {
      this.#zipping?.resolve(Buffer.from(message.bytes.buffer));
      return;
    }
    if (message.kind === 'unavailable') {
      this.#problem = new DoiError(message.code, message.message, message.remedy);
    } else {
      this.#problem = undefined;
      if (message.kind === 'body') this.#replace(message);
      else if (this.#current !== undefined) this.#current.verifiedAt = message.verifiedAt;
    }
    this.#wakeWaiting();
  }

  #replace({ body: { bytes, etag }, statistics, verifiedAt }: Extract<FromThread, { kind: 'body' }>): void {
    const zipped = new Promise<Buffer>((resolve, reject) => {
      this.#zipping = { resolve, reject };
    });
    this.#current = {
      whole: new Representation(Buffer.from(bytes.buffer), { etag, zipped }),
      ...{ statistics, verifiedAt, parts: new KeptParts() },
    };
  }

  #onExit(): void {
    this.#thread = undefined;
    this.#current = undefined;
    this.#problem = this.#isClosed ? CLOSED : BROKEN;
    for (const { reject } of this.#pending.values()) reject(this.#problem);
    this.#pending.clear();
    this.#zipping?.reject(this.#problem);
    this.#wakeWaiting();
    void systemClock.sleep(RESTART_MS, this.#closing.signal).then(() => this.start());
  }

  #wakeWaiting(): void {
    for (const resolve of this.#waiting) resolve();
    this.#waiting = [];
  }
}

/** Whether a query is for the whole summary as JSON, which is always ready. */
function isWhole({ filter: { domain, tier, stale, broken }, format, page, fields }: BodyQuery): boolean {
  return (
    format === undefined &&
    page === undefined &&
    fields === undefined &&
    domain === undefined &&
    tier === undefined &&
    stale === undefined &&
    broken === undefined
  );
}

const CLOSE_MS = 6000;
const CLOSED = new DoiError('internal', 'The server is being stopped.', 'Try again when it has started.');
const BROKEN = new DoiError('internal', 'The summary could not be made.', 'See the log of the web process.');
