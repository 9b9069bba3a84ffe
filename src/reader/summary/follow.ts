/** Step 2 of the summary: follows the database by notifications and by a full pass every few seconds, until it is closed. */

import { type DoiError, isHostProblem } from '../../domain/errors.js';
import type { NowOptions } from '../../inputs/now.js';
import { databaseError, type Sql } from '../../platform/postgres/sql.js';
import { readFullRowVersions, readStoredRows } from '../../store/evaluations/read-stored.js';
import { voidTimesAhead } from '../../store/hosts/future-times.js';
import { readDatabaseTime, readHeartbeats } from '../../store/hosts/heartbeat.js';
import { readIncarnation } from '../../store/installation.js';
import { PreparedEntries, type PreparedEntry } from './entries.js';
import type { Notifications } from './notifications.js';

export interface FollowOptions extends NowOptions {
  /** After this long a started request is taken to have lost its worker, in milliseconds. */
  readonly runningLimitMs: number;
  /** The time between two full passes, in milliseconds: a change that no notification reports is seen that late. */
  readonly passMs: number;
}

/** All entries at one moment. */
export interface SummaryState {
  /** Worst first; the same list where nothing changed. */
  readonly entries: readonly PreparedEntry[];
  /** The time for which the entries hold, in ISO 8601: when the oldest pass used began. */
  readonly verifiedAt: string;
}

export interface FollowerEvents {
  readonly onState: (state: SummaryState) => void;
  /** Called again and again while the database cannot be read. */
  readonly onUnavailable: (error: DoiError) => void;
}

/** One moment: by the database's time, in milliseconds since the epoch, and by this process's own, which never goes back. */
interface Instant {
  readonly at: number;
  readonly clock: number;
}

/** The least time between two full passes, in milliseconds; each heartbeat calls for one. */
const LEAST_PASS_MS = 1000;
const RETRY_MS = 250;
const CHUNK = 500;
/** By how much the database's time may differ from the expected one before its clock counts as set, in milliseconds. */
const CLOCK_SET_MS = 500;

export class SummaryFollower {
  readonly #sql: Sql;
  readonly #notifications: Notifications;
  readonly #options: FollowOptions;
  readonly #events: FollowerEvents;
  #entries: PreparedEntries;
  /** The name (incarnation) of the database that the entries were read from: a restored or other database has another. */
  #incarnation: string | undefined;
  #isListening = false;
  #isClosed = false;
  /** When the last full pass began; undefined where changes since then may have been missed. */
  #passBegan: Instant | undefined;
  /** The database's time as last read. */
  #databaseTime: Instant = { at: 0, clock: 0 };
  #reported: readonly PreparedEntry[] | undefined;
  /** Before this time of this process's own clock, no state is reported. */
  #restUntil = 0;

  /** @param notifications of the one connection that `sql` has */
  constructor(
    { sql, notifications }: { sql: Sql; notifications: Notifications },
    options: FollowOptions,
    events: FollowerEvents,
  ) {
    this.#sql = sql;
    this.#notifications = notifications;
    this.#options = options;
    this.#events = events;
    this.#entries = new PreparedEntries(options);
  }

  /** Follows until it is closed. @throws an error that is no host problem */
  async run(): Promise<void> {
    while (!this.#isClosed) {
      try {
        await this.#step();
        // If it was closed during the step, no wait was there to wake, and the next wake-up may be seconds away.
        if (this.#isClosed) return;
        await this.#notifications.wait(this.#pauseMs());
      } catch (error) {
        const known = databaseError(error);
        if (this.#isClosed) return;
        if (!isHostProblem(known)) throw known;
        this.#passBegan = undefined;
        this.#events.onUnavailable(known);
        await this.#notifications.wait(RETRY_MS);
      }
    }
  }

  close(): void {
    this.#isClosed = true;
    this.#notifications.wake();
  }

  async #step(): Promise<void> {
    if (this.#notifications.takeLost() || !this.#isListening) {
      this.#isListening = false;
      await this.#sql`listen doi_fleet`;
      this.#isListening = true;
      // What was written before `listen` sent no notification to this connection.
      this.#forget();
    }
    const isDue = this.#passDueIn() <= 0;
    if (isDue) await this.#fullPass();
    const ids = this.#notifications.takeIds();
    await this.#read(ids);
    // All entries must come from one database, and from the one that is there now.
    if (isDue || ids.length > 0) {
      if ((await readIncarnation(this.#sql)) !== this.#incarnation) return this.#forget();
    }
    this.#entries.passTime(this.#now());
    this.#report();
  }

  /**
   * Forgets all entries: the server may have been replaced by an older copy of itself, in which rows that differ have the
   * same row versions (`ctid`, `xmin`).
   */
  #forget(): void {
    this.#entries = new PreparedEntries(this.#options);
    this.#incarnation = undefined;
    this.#passBegan = undefined;
  }

  async #fullPass(): Promise<void> {
    this.#notifications.takeHeartbeat();
    const name = await readIncarnation(this.#sql);
    if (name !== this.#incarnation) this.#forget();
    this.#incarnation = name;
    const expected = this.#now();
    const at = Date.parse(await readDatabaseTime(this.#sql));
    const isSet = Math.abs(at - this.#now()) > CLOCK_SET_MS;
    const began = { at, clock: performance.now() };
    this.#databaseTime = began;
    await voidTimesAhead(this.#sql, at < expected - CLOCK_SET_MS);
    if (isSet) this.#entries.compareAll(at);
    const heartbeats = await readHeartbeats(this.#sql);
    await this.#read(this.#entries.changedSince(await readFullRowVersions(this.#sql)));
    this.#entries.takeHeartbeats(heartbeats, this.#now());
    this.#passBegan = began;
  }

  async #read(ids: readonly string[]): Promise<void> {
    const { runningLimitMs } = this.#options;
    for (let start = 0; start < ids.length; start += CHUNK) {
      const chunk = ids.slice(start, start + CHUNK);
      const rows = await readStoredRows(this.#sql, { ids: chunk, runningLimitMs });
      this.#entries.take(chunk, rows, this.#now());
    }
  }

  /** Reports the state, unless it did so just before: under constant change, building takes a quarter of the time. */
  #report(): void {
    const pass = this.#passBegan;
    const began = performance.now();
    if (pass === undefined || began < this.#restUntil) return;
    const entries = this.#entries.inOrder();
    const asOf = Math.min(pass.at, this.#entries.knownAsOf());
    this.#events.onState({ entries, verifiedAt: new Date(asOf).toISOString() });
    if (entries !== this.#reported) this.#restUntil = performance.now() + 3 * (performance.now() - began);
    this.#reported = entries;
  }

  /** The database's time, in milliseconds since the epoch. */
  #now(): number {
    return this.#databaseTime.at + performance.now() - this.#databaseTime.clock;
  }

  #passDueIn(): number {
    if (this.#passBegan === undefined) return 0;
    const pause = this.#notifications.hasHeartbeat ? LEAST_PASS_MS : this.#options.passMs;
    return this.#passBegan.clock + pause - performance.now();
  }

  #pauseMs(): number {
    // `hasChanged` and not `inOrder`, which would sort for each change.
    const rest = this.#entries.hasChanged ? this.#restUntil - performance.now() : Infinity;
    return Math.max(1, Math.min(this.#passDueIn(), this.#entries.nextChange - this.#now(), rest));
  }
}
