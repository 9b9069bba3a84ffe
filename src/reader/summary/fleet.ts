/** The fleet as it is known: every active repository's entry, kept right as rows, beats and time move on. No I/O. */

import type { NowOptions } from '../../inputs/now.js';
import type { StoredRow } from '../../store/evaluations/read-stored.js';
import type { Heartbeat } from '../../store/hosts/heartbeat.js';
import { compare, type FleetEntry, type KeptRow, knownAsOf, toKept } from './entry.js';
import { worstFirst } from './read-summary.js';

export class Fleet {
  readonly #settings: NowOptions;
  readonly #entries = new Map<string, FleetEntry>();
  #beats: ReadonlyMap<string, Heartbeat> = new Map();
  #inOrder: readonly FleetEntry[] | undefined;
  #nextChange = Infinity;

  constructor(settings: NowOptions) {
    this.#settings = settings;
  }

  /** When an entry may next change by time alone: the database's time, in milliseconds since the epoch. */
  get nextChange(): number {
    return this.#nextChange;
  }

  /** Whether anything is to be shown that was not in the last list. */
  get isMoved(): boolean {
    return this.#inOrder === undefined;
  }

  /** Which repositories were written to, or are new or gone, since they were read. */
  changedSince(stamps: ReadonlyMap<string, string>): string[] {
    const written = [...stamps].filter(([id, stamp]) => this.#entries.get(id)?.row.stamp !== stamp);
    const gone = [...this.#entries.keys()].filter((id) => !stamps.has(id));
    return [...written.map(([id]) => id), ...gone];
  }

  /** Takes what was read of repositories; one without a row is not active any more. */
  take(ids: readonly string[], rows: readonly StoredRow[], now: number): void {
    const found = new Map(rows.map((row) => [row.repo_id, row]));
    for (const id of ids) {
      const row = found.get(id);
      if (row !== undefined) this.#put(id, toKept(row), now);
      else if (this.#entries.delete(id)) this.#inOrder = undefined;
    }
  }

  /**
   * Takes the last beats of all hosts, read before any row that is kept: a beat vouches for what was recorded before it,
   * and a row that was read before it could be older than that. What is known of a checkout stays known by a later beat,
   * so only entries that were not known are compared again, and those of a host that is gone or whose beat was set back.
   */
  takeBeats(beats: ReadonlyMap<string, Heartbeat>, at: number): void {
    const before = this.#beats;
    this.#beats = beats;
    for (const [id, { row, entry }] of this.#entries) {
      const host = row.known.claimedBy ?? '';
      const [was, now] = [before.get(host)?.heartbeat_exact ?? '', beats.get(host)?.heartbeat_exact ?? ''];
      if (now < was || (now > was && entry.verified !== 'observed')) this.#put(id, row, at);
    }
  }

  /** Compares again what does not hold any more by time alone. */
  passTime(now: number): void {
    if (now < this.#nextChange) return;
    this.#nextChange = Infinity;
    for (const [id, { row, holdsUntil }] of this.#entries) {
      if (holdsUntil <= now) this.#put(id, row, now);
      else this.#nextChange = Math.min(this.#nextChange, holdsUntil);
    }
  }

  /** Compares everything again, where the database's clock was set. */
  compareAll(now: number): void {
    for (const [id, { row }] of this.#entries) this.#put(id, row, now);
  }

  /** All entries, worst first; the same list until one of them changes. */
  inOrder(): readonly FleetEntry[] {
    this.#inOrder ??= [...this.#entries.values()].sort((one, other) => worstFirst(one.entry, other.entry));
    return this.#inOrder;
  }

  /** As of when the checkouts are known that entries rest on: the oldest sight, in milliseconds since the epoch. */
  knownAsOf(): number {
    let oldest = Infinity;
    for (const one of this.#entries.values()) {
      oldest = Math.min(oldest, knownAsOf(one, this.#beats.get(one.row.known.claimedBy ?? '')));
    }
    return oldest;
  }

  #put(id: string, row: KeptRow, now: number): void {
    const beat = this.#beats.get(row.known.claimedBy ?? '');
    const entry = compare(row, this.#settings, { beat, now });
    const before = this.#entries.get(id);
    this.#nextChange = Math.min(this.#nextChange, entry.holdsUntil);
    if (before?.bytes.equals(entry.bytes)) {
      this.#entries.set(id, { ...entry, entry: before.entry, bytes: before.bytes });
      return;
    }
    this.#entries.set(id, entry);
    this.#inOrder = undefined;
  }
}
