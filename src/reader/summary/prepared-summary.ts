/** The fleet's summary, ready to be sent: kept by a thread, and never read or made on the way of a request. */
import { Worker } from 'node:worker_threads';
import { DoiError } from '../../domain/errors.js';
import { systemClock } from '../../platform/clock.js';
import type { Log } from '../../platform/log.js';
import { endsWithin } from '../../platform/process/ends-within.js';
import { distPath } from '../../platform/process/package-root.js';
import { Representation } from '../representation.js';
import type { Sent } from '../send.js';
import type { FleetAsk, FleetBody, FleetNews, FleetQuery, FleetSettings } from './messages.js';
import type { FleetStatistics } from './statistics.js';

/** A body of the summary, with when the oldest look used began. */
export interface SentSummary extends Sent {
  readonly verifiedAt: string;
}

interface Known {
  readonly whole: Representation;
  /** When the oldest look began by which this was last known to be so; a later one of other bodies says nothing of it. */
  verifiedAt: string;
  readonly statistics: FleetStatistics;
  /** Parts that were asked for since it became what it is, by query. */
  readonly parts: Map<string, Promise<Representation>>;
}

interface Asked<Answer> {
  readonly resolve: (answer: Answer) => void;
  readonly reject: (error: DoiError) => void;
}

/** How many parts are remembered. */
const MOST_PARTS = 64;
const RESTART_MS = 1000;

export class FleetSummary {
  readonly #settings: FleetSettings;
  readonly #log: Log;
  readonly #entry: string;
  #thread: Worker | undefined;
  #known: Known | undefined;
  /** Why it cannot be told now. */
  #trouble: DoiError | undefined;
  /** Those who wait for the first news of a thread. */
  #waiting: (() => void)[] = [];
  readonly #asked = new Map<number, Asked<FleetBody>>();
  /** Of the whole summary, as it is now. */
  #zipping: Asked<Buffer> | undefined;
  #lastAsk = 0;
  readonly #closing = new AbortController();

  /** @param entry another compiled thread, for tests */
  constructor(settings: FleetSettings, log: Log, entry = distPath('reader/summary/thread.js')) {
    this.#settings = settings;
    this.#log = log;
    this.#entry = entry;
  }

  /** Starts the thread, where that has not been done. */
  start(): void {
    if (this.#thread !== undefined || this.#isClosed) return;
    const thread = new Worker(this.#entry, {
      workerData: this.#settings,
      env: {},
      execArgv: [],
    });
    this.#thread = thread;
    thread.on('message', (news: FleetNews) => this.#take(news));
    thread.on('error', (error) => this.#log.error({ error }, 'the thread of the summary broke'));
    thread.on('exit', () => this.#afterEnd());
  }

  /**
   * The summary, or the part of it that a query names, as of its last look. The whole is there at once, without a promise.
   * Rejects with a {@link DoiError}: `database_unavailable`, `schema_incompatible`, at once while they are known; `internal`.
   */
  get(query: FleetQuery): SentSummary | Promise<SentSummary> {
    const known = this.#trouble === undefined ? this.#known : undefined;
    if (known === undefined || !isWhole(query)) return this.#read(query);
    return { representation: known.whole, verifiedAt: known.verifiedAt, isHit: true };
  }

  async #read(query: FleetQuery): Promise<SentSummary> {
    this.start();
    if (this.#known === undefined && this.#trouble === undefined) {
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    }
    if (this.#trouble !== undefined) throw this.#trouble;
    const known = this.#known;
    if (known === undefined) throw BROKEN;
    if (isWhole(query)) return { representation: known.whole, verifiedAt: known.verifiedAt, isHit: true };
    const key = JSON.stringify(query);
    const isHit = known.parts.has(key);
    return { representation: await this.#part(known, key, query), verifiedAt: known.verifiedAt, isHit };
  }

  /** The numbers of the whole, as of its last look; undefined where it cannot be told now. */
  statistics(): FleetStatistics | undefined {
    return this.#trouble === undefined ? this.#known?.statistics : undefined;
  }

  /** Ends the thread. */
  async close(): Promise<void> {
    this.#closing.abort();
    const thread = this.#thread;
    if (thread === undefined) return;
    const ended = new Promise((resolve) => thread.once('exit', resolve));
    thread.postMessage('close' satisfies FleetAsk);
    if (!(await endsWithin(ended, CLOSE_MS))) await thread.terminate();
  }

  get #isClosed(): boolean {
    return this.#closing.signal.aborted;
  }

  #part({ parts }: Known, key: string, query: FleetQuery): Promise<Representation> {
    const kept = parts.get(key);
    if (kept !== undefined) return kept;
    const made = this.#ask(query).then(
      ({ bytes, etag }) => new Representation(Buffer.from(bytes.buffer), { etag }),
    );
    parts.set(key, made);
    made.catch(() => parts.delete(key));
    for (const oldest of parts.keys()) {
      if (parts.size <= MOST_PARTS) break;
      parts.delete(oldest);
    }
    return made;
  }

  #ask(query: FleetQuery): Promise<FleetBody> {
    return new Promise((resolve, reject) => {
      this.#lastAsk += 1;
      this.#asked.set(this.#lastAsk, { resolve, reject });
      this.#thread?.postMessage({ ask: this.#lastAsk, query } satisfies FleetAsk);
    });
  }

  #take(news: FleetNews): void {
    if (news.kind === 'answer') {
      this.#asked.get(news.ask)?.resolve(news.body);
      this.#asked.delete(news.ask);
      return;
    }
    if (news.kind === 'zipped') {
      this.#zipping?.resolve(Buffer.from(news.bytes.buffer));
      return;
    }
    if (news.kind === 'away') {
      this.#trouble = new DoiError(news.code, news.message, news.remedy);
    } else {
      this.#trouble = undefined;
      if (news.kind === 'body') this.#show(news);
      else if (this.#known !== undefined) this.#known.verifiedAt = news.verifiedAt;
    }
    this.#tellWaiting();
  }

  #show({ body: { bytes, etag }, statistics, verifiedAt }: Extract<FleetNews, { kind: 'body' }>): void {
    const zipped = new Promise<Buffer>((resolve, reject) => {
      this.#zipping = { resolve, reject };
    });
    this.#known = {
      whole: new Representation(Buffer.from(bytes.buffer), { etag, zipped }),
      ...{ statistics, verifiedAt, parts: new Map() },
    };
  }

  #afterEnd(): void {
    this.#thread = undefined;
    this.#known = undefined;
    this.#trouble = this.#isClosed ? CLOSED : BROKEN;
    for (const { reject } of this.#asked.values()) reject(this.#trouble);
    this.#asked.clear();
    this.#zipping?.reject(this.#trouble);
    this.#tellWaiting();
    void systemClock.sleep(RESTART_MS, this.#closing.signal).then(() => this.start());
  }

  #tellWaiting(): void {
    for (const resolve of this.#waiting) resolve();
    this.#waiting = [];
  }
}

/** Whether a query asks for everything, and for the form that is always there. */
function isWhole({ filter: { domain, tier, stale, broken }, format }: FleetQuery): boolean {
  return (
    format === undefined &&
    domain === undefined &&
    tier === undefined &&
    stale === undefined &&
    broken === undefined
  );
}

const CLOSE_MS = 6000;
const CLOSED = new DoiError('internal', 'The server is being stopped.', 'Ask again when it has started.');
const BROKEN = new DoiError('internal', 'The summary could not be made.', 'See the log of the web process.');
