/** Follows the fleet: listens to writes, looks at everything every few seconds, and says what changed, until it is closed. */

import { type DoiError, isHostProblem } from '../../domain/errors.js';
import type { NowOptions } from '../../inputs/now.js';
import { databaseError, type Sql } from '../../platform/postgres/sql.js';
import { readFullRowVersions, readStoredRows } from '../../store/evaluations/read-stored.js';
import { voidTimesAhead } from '../../store/hosts/future-times.js';
import { readDatabaseTime, readHeartbeats } from '../../store/hosts/heartbeat.js';
import { readIncarnation } from '../../store/installation.js';
import type { FleetEntry } from './entry.js';
import { Fleet } from './fleet.js';
import type { Notices } from './notices.js';

export interface FollowSettings extends NowOptions {
  /** After this long a started request is taken to have lost its worker, in milliseconds. */
  readonly runningLimitMs: number;
  /** How often everything is looked at, in milliseconds: what is not listened to shows so late. */
  readonly lookMs: number;
}

/** What the fleet looks like now. */
export interface Sight {
  /** Worst first; the same list where nothing changed. */
  readonly entries: readonly FleetEntry[];
  /** As of when it is known, in ISO 8601: when the oldest look used began. */
  readonly verifiedAt: string;
}

export interface Follower {
  readonly onSight: (sight: Sight) => void;
  /** Told while the database cannot be read. */
  readonly onAway: (error: DoiError) => void;
}

/** One moment: by the database's time, in milliseconds since the epoch, and by this process's own, which never goes back. */
interface Instant {
  readonly at: number;
  readonly clock: number;
}

/** How long the least pause between two whole looks is, in milliseconds; a host that was heard of asks for one. */
const LEAST_LOOK_MS = 1000;
const RETRY_MS = 250;
const CHUNK = 500;
/** What clocks may differ by before they count as set, in milliseconds. */
const CLOCK_SET_MS = 500;

export class FollowFleet {
  readonly #sql: Sql;
  readonly #notices: Notices;
  readonly #settings: FollowSettings;
  readonly #follower: Follower;
  #fleet: Fleet;
  /** Names the life of the database that the fleet was read from. */
  #incarnation: string | undefined;
  #isListening = false;
  #isClosed = false;
  /** When the last whole look began; undefined where what changed since is not known. */
  #looked: Instant | undefined;
  /** What the database's time was last known to be. */
  #told: Instant = { at: 0, clock: 0 };
  #shown: readonly FleetEntry[] | undefined;
  /** Before this, by this process's own clock, nothing is shown again. */
  #restUntil = 0;

  /** @param notices of the one connection that `sql` has */
  constructor(
    { sql, notices }: { sql: Sql; notices: Notices },
    settings: FollowSettings,
    follower: Follower,
  ) {
    this.#sql = sql;
    this.#notices = notices;
    this.#settings = settings;
    this.#follower = follower;
    this.#fleet = new Fleet(settings);
  }

  /** Follows until it is closed. @throws what is not the database's trouble */
  async run(): Promise<void> {
    while (!this.#isClosed) {
      try {
        await this.#step();
        await this.#notices.wait(this.#pauseMs());
      } catch (error) {
        const known = databaseError(error);
        if (this.#isClosed) return;
        if (!isHostProblem(known)) throw known;
        this.#looked = undefined;
        this.#follower.onAway(known);
        await this.#notices.wait(RETRY_MS);
      }
    }
  }

  close(): void {
    this.#isClosed = true;
    this.#notices.wake();
  }

  async #step(): Promise<void> {
    if (this.#notices.takeLost() || !this.#isListening) {
      this.#isListening = false;
      await this.#sql`listen doi_fleet`;
      this.#isListening = true;
      // What was written meanwhile was told to nobody.
      this.#forget();
    }
    const isDue = this.#lookDueIn() <= 0;
    if (isDue) await this.#lookAtAll();
    const ids = this.#notices.takeIds();
    await this.#read(ids);
    // What is shown was read from one database, and from that which is there now.
    if (isDue || ids.length > 0) {
      if ((await readIncarnation(this.#sql)) !== this.#incarnation) return this.#forget();
    }
    this.#fleet.passTime(this.#now());
    this.#show();
  }

  /**
   * Forgets all that was read: the server may have been replaced by an older copy of itself, in which rows that differ
   * bear the same names (`ctid`, `xmin`).
   */
  #forget(): void {
    this.#fleet = new Fleet(this.#settings);
    this.#incarnation = undefined;
    this.#looked = undefined;
  }

  async #lookAtAll(): Promise<void> {
    this.#notices.takeBeat();
    const name = await readIncarnation(this.#sql);
    if (name !== this.#incarnation) this.#forget();
    this.#incarnation = name;
    const expected = this.#now();
    const at = Date.parse(await readDatabaseTime(this.#sql));
    const isSet = Math.abs(at - this.#now()) > CLOCK_SET_MS;
    const began = { at, clock: performance.now() };
    this.#told = began;
    await voidTimesAhead(this.#sql, at < expected - CLOCK_SET_MS);
    if (isSet) this.#fleet.compareAll(at);
    const beats = await readHeartbeats(this.#sql);
    await this.#read(this.#fleet.changedSince(await readFullRowVersions(this.#sql)));
    this.#fleet.takeBeats(beats, this.#now());
    this.#looked = began;
  }

  async #read(ids: readonly string[]): Promise<void> {
    const { runningLimitMs } = this.#settings;
    for (let start = 0; start < ids.length; start += CHUNK) {
      const chunk = ids.slice(start, start + CHUNK);
      const rows = await readStoredRows(this.#sql, { ids: chunk, runningLimitMs });
      this.#fleet.take(chunk, rows, this.#now());
    }
  }

  /** Shows what there is, unless it has just been done: while everything moves, building takes a quarter of the time. */
  #show(): void {
    const looked = this.#looked;
    const began = performance.now();
    if (looked === undefined || began < this.#restUntil) return;
    const entries = this.#fleet.inOrder();
    const asOf = Math.min(looked.at, this.#fleet.knownAsOf());
    this.#follower.onSight({ entries, verifiedAt: new Date(asOf).toISOString() });
    if (entries !== this.#shown) this.#restUntil = performance.now() + 3 * (performance.now() - began);
    this.#shown = entries;
  }

  /** The database's time, in milliseconds since the epoch. */
  #now(): number {
    return this.#told.at + performance.now() - this.#told.clock;
  }

  #lookDueIn(): number {
    if (this.#looked === undefined) return 0;
    const pause = this.#notices.hasBeat ? LEAST_LOOK_MS : this.#settings.lookMs;
    return this.#looked.clock + pause - performance.now();
  }

  #pauseMs(): number {
    // Not put in order for this: while everything moves, that would be done for each change.
    const rest = this.#fleet.isMoved ? this.#restUntil - performance.now() : Infinity;
    return Math.max(1, Math.min(this.#lookDueIn(), this.#fleet.nextChange - this.#now(), rest));
  }
}
