/** One repository of the fleet as it is kept: what was read of it, its entry, and until when that holds by itself. */
import type { SummaryEntry } from '../../domain/answers.js';
import { nextChangeByAge, type StoredState, staleReasons } from '../../domain/freshness.js';
import { observedAt } from '../../domain/observation-times.js';
import { type NowOptions, observedNow } from '../../inputs/now.js';
import type { StoredRow } from '../../store/evaluations/read-stored.js';
import type { Heartbeat } from '../../store/hosts/heartbeat.js';
import { type KnownRow, toKnown, toStored } from '../stored-row.js';
import { type JudgedEntry, toEntry, toJudged } from './read-summary.js';

/** What is kept of a row: all that comparing it again takes, and not its verdicts' texts. */
export interface KeptRow {
  readonly known: KnownRow;
  readonly stored: StoredState | null;
  readonly judged: JudgedEntry;
  readonly stamp: string;
}

export interface FleetEntry {
  readonly row: KeptRow;
  readonly entry: SummaryEntry;
  /** The entry as JSON, with a comma before it. */
  readonly bytes: Buffer;
  /** The database's time, in milliseconds since the epoch, from which it may be another one, though nothing is written. */
  readonly holdsUntil: number;
}

/** Takes of a row what is kept. */
export function toKept(row: StoredRow): KeptRow {
  return { known: toKnown(row), stored: toStored(row), judged: toJudged(row), stamp: row.full_stamp ?? '' };
}

/**
 * Compares a kept row again.
 * @param beat the last heartbeat of the host that has claimed it; undefined where there was none
 * @param now the database's time, in milliseconds since the epoch
 */
export function compare(kept: KeptRow, options: NowOptions, { beat, now }: Moment): FleetEntry {
  const at = new Date(now).toISOString();
  const times = { ...kept.known.times, clock: at, ...heartbeatOf(beat) };
  const known = { ...kept.known, readAt: at, times };
  const current = observedNow(known, options);
  const { verified, observedAt: seen } = current;
  const entry = toEntry(kept.judged, { reasons: staleReasons(kept.stored, current), verified });
  const aged = nextChangeByAge(kept.stored?.judgedAt ?? {}, options.limits, new Date(now));
  const unseen = seen === null ? Infinity : Date.parse(seen) + options.observedLimitMs + 1;
  return {
    row: { ...kept, known },
    entry,
    bytes: Buffer.from(`,${JSON.stringify(entry)}`),
    holdsUntil: Math.min(aged, unseen),
  };
}

export interface Moment {
  readonly beat: Heartbeat | undefined;
  readonly now: number;
}

function heartbeatOf(beat: Heartbeat | undefined): Pick<KnownRow['times'], keyof Heartbeat> {
  return beat ?? { heartbeat: null, heartbeat_exact: null };
}

/** As of when its checkout is known, in milliseconds since the epoch; Infinity where the entry rests on no observation. */
export function knownAsOf({ row, entry }: FleetEntry, beat: Heartbeat | undefined): number {
  if (entry.verified !== 'observed') return Infinity;
  const at = observedAt({ ...row.known.times, ...heartbeatOf(beat) });
  return at === null ? Infinity : Date.parse(at);
}
