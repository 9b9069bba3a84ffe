/** Step 3 of the summary: the entry of every active repository, updated as rows, heartbeats and time change. No I/O. */
import type { SummaryEntry } from '../../api/summary.js';
import { nextChangeByAge, type StoredState, staleReasons } from '../../domain/freshness.js';
import { observedAt } from '../../domain/observation-times.js';
import { contactOfRecord } from '../../domain/remote-state.js';
import { worstFirst } from '../../domain/worst-first.js';
import { type NowOptions, observedNow } from '../../inputs/now.js';
import type { StoredRow } from '../../store/evaluations/read-stored.js';
import type { Heartbeat } from '../../store/hosts/heartbeat.js';
import { type KnownRow, toKnown, toStored } from '../stored-row.js';
import { type JudgedEntry, toEntry, toJudged } from './read-summary.js';

/** What is kept of a row: what comparing it again needs, without the texts of its verdicts. */
export interface KeptRow {
  readonly known: KnownRow;
  readonly stored: StoredState | null;
  readonly judged: JudgedEntry;
  readonly rowVersion: string;
}

export interface PreparedEntry {
  readonly row: KeptRow;
  readonly entry: SummaryEntry;
  /** The entry as JSON, with a comma before it. */
  readonly bytes: Buffer;
  /** Until when the entry holds if nothing is written: the database's time, in milliseconds since the epoch. */
  readonly holdsUntil: number;
}

/** Reduces a row to what is kept of it. */
export function toKept(row: StoredRow): KeptRow {
  return {
    ...{ known: toKnown(row), stored: toStored(row), judged: toJudged(row) },
    rowVersion: row.full_row_version ?? '',
  };
}

/** Compares a kept row again, and makes its entry. */
export function compare(kept: KeptRow, options: NowOptions, { heartbeat, now }: Moment): PreparedEntry {
  const at = new Date(now).toISOString();
  const times = { ...kept.known.times, clock: at, ...timesOf(heartbeat) };
  const known = { ...kept.known, readAt: at, times };
  const current = observedNow(known, options);
  const { verified, observedAt: observed } = current;
  const entry = toEntry(kept.judged, { reasons: staleReasons(kept.stored, current), verified });
  const aged = nextChangeByAge(kept.stored?.judgedAt ?? {}, options.limits, new Date(now));
  const notObserved = observed === null ? Infinity : Date.parse(observed) + options.observedLimitMs + 1;
  const notReached =
    current.verified === 'remote'
      ? Date.parse(current.remote?.contactedAt ?? '') + options.contactLimitMs + 1
      : Infinity;
  return {
    row: { ...kept, known },
    entry,
    bytes: Buffer.from(`,${JSON.stringify(entry)}`),
    holdsUntil: Math.min(aged, notObserved, notReached),
  };
}

export interface Moment {
  /** The last heartbeat of the host that has claimed the repository; undefined where there was none. */
  readonly heartbeat: Heartbeat | undefined;
  /** The database's time, in milliseconds since the epoch. */
  readonly now: number;
}

function timesOf(heartbeat: Heartbeat | undefined): Pick<KnownRow['times'], keyof Heartbeat> {
  return heartbeat ?? { heartbeat: null, heartbeat_exact: null };
}

/** As of when the checkout is known, in milliseconds since the epoch; Infinity where the entry rests on no observation. */
export function knownAsOf({ row, entry }: PreparedEntry, heartbeat: Heartbeat | undefined): number {
  if (!RECORDED.includes(entry.verified)) return Infinity;
  const at = observedAt({ ...row.known.times, ...timesOf(heartbeat) });
  const observed = at === null ? Infinity : Date.parse(at);
  const { source } = row.known;
  if (entry.verified !== 'remote' || source === null) return observed;
  // That of the comparison, or a later one which a heartbeat since then covers.
  const reached = contactOfRecord(source, at);
  return Math.min(observed, reached === null ? -Infinity : Date.parse(reached));
}

/** How an entry is verified that rests on the record of its home host. */
const RECORDED: readonly string[] = ['observed', 'remote'];

/** All entries. */
export class PreparedEntries {
  readonly #settings: NowOptions;
  readonly #entries = new Map<string, PreparedEntry>();
  #heartbeats: ReadonlyMap<string, Heartbeat> = new Map();
  #inOrder: readonly PreparedEntry[] | undefined;
  #nextChange = Infinity;

  constructor(settings: NowOptions) {
    this.#settings = settings;
  }

  /** When an entry may next change by time alone: the database's time, in milliseconds since the epoch. */
  get nextChange(): number {
    return this.#nextChange;
  }

  /** Whether an entry has changed since the last list. */
  get hasChanged(): boolean {
    return this.#inOrder === undefined;
  }

  /** The repositories that were written to, or are new or gone, since they were read. @param rowVersions by id */
  changedSince(rowVersions: ReadonlyMap<string, string>): string[] {
    const written = [...rowVersions].filter(
      ([id, version]) => this.#entries.get(id)?.row.rowVersion !== version,
    );
    const gone = [...this.#entries.keys()].filter((id) => !rowVersions.has(id));
    return [...written.map(([id]) => id), ...gone];
  }

  /** Takes the rows that were read for these ids; a repository without a row is not active any more. */
  take(ids: readonly string[], rows: readonly StoredRow[], now: number): void {
    const found = new Map(rows.map((row) => [row.repo_id, row]));
    for (const id of ids) {
      const row = found.get(id);
      if (row !== undefined) this.#put(id, toKept(row), now);
      else if (this.#entries.delete(id)) this.#inOrder = undefined;
    }
  }

  /**
   * Takes the last heartbeats of all hosts. The caller must have read them before any row that is kept: a heartbeat covers
   * what was recorded before it, and a row that was read earlier could be older than that. A later heartbeat only
   * prolongs an entry that rests on an observation, so the entries that are compared again are the others, and those of
   * a host that is gone or whose heartbeat was set back.
   */
  takeHeartbeats(heartbeats: ReadonlyMap<string, Heartbeat>, at: number): void {
    const before = this.#heartbeats;
    this.#heartbeats = heartbeats;
    for (const [id, { row, entry }] of this.#entries) {
      const host = row.known.claimedBy ?? '';
      const [was, now] = [
        before.get(host)?.heartbeat_exact ?? '',
        heartbeats.get(host)?.heartbeat_exact ?? '',
      ];
      if (now < was || (now > was && !RECORDED.includes(entry.verified))) this.#put(id, row, at);
    }
  }

  /** Compares the entries again that no longer hold because time has passed. */
  passTime(now: number): void {
    if (now < this.#nextChange) return;
    this.#nextChange = Infinity;
    for (const [id, { row, holdsUntil }] of this.#entries) {
      if (holdsUntil <= now) this.#put(id, row, now);
      else this.#nextChange = Math.min(this.#nextChange, holdsUntil);
    }
  }

  /** Compares every entry again: the database's clock was set. */
  compareAll(now: number): void {
    for (const [id, { row }] of this.#entries) this.#put(id, row, now);
  }

  /** All entries, worst first; the same list until one of them changes. */
  inOrder(): readonly PreparedEntry[] {
    this.#inOrder ??= [...this.#entries.values()].sort((one, other) => worstFirst(one.entry, other.entry));
    return this.#inOrder;
  }

  /** As of when the entries' checkouts are known: the oldest observation, in milliseconds since the epoch. */
  knownAsOf(): number {
    let oldest = Infinity;
    for (const one of this.#entries.values()) {
      oldest = Math.min(oldest, knownAsOf(one, this.#heartbeats.get(one.row.known.claimedBy ?? '')));
    }
    return oldest;
  }

  #put(id: string, row: KeptRow, now: number): void {
    const heartbeat = this.#heartbeats.get(row.known.claimedBy ?? '');
    const entry = compare(row, this.#settings, { heartbeat, now });
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
