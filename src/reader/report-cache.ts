/** Step 2 of a read: caches each report for a moment, as it is sent, and reads it again as soon as a row has changed. */
import type { ReportAnswer } from '../api/report.js';
import { BatchLoader } from '../platform/batch-loader.js';
import { endsWithin } from '../platform/process/ends-within.js';
import { readRowVersions, readStoredRows, type StoredRow } from '../store/evaluations/read-stored.js';
import { unknownRepository } from '../store/repositories/unknown-repository.js';
import { type ReaderDependencies, type ReadReport, toReport, toUnverified } from './read-report.js';
import { Representation } from './representation.js';

/** A report as it is sent. */
export interface CachedReport {
  readonly answer: ReportAnswer;
  readonly representation: Representation;
  /** When the oldest probe used began, in ISO 8601. */
  readonly verifiedAt: string;
  /** The database's time just before the row was read, in ISO 8601. */
  readonly readAt: string;
  /** When reading began, by a clock that never goes back, in milliseconds: not later than `readAt`. */
  readonly began: number;
}

interface CachedReading extends CachedReport {
  /** The version of the rows that were read. */
  readonly rowVersion: string;
}

/** How long ago a time of the database was at most, in milliseconds. @param now by the clock of the cache */
export function agoMs(
  { readAt, began }: Pick<CachedReport, 'readAt' | 'began'>,
  time: string,
  now: number,
): number {
  // Both times were cut to whole milliseconds.
  const before = time === readAt ? 0 : Date.parse(readAt) - Date.parse(time) + 1;
  return before + now - began;
}

/** The current reading of a repository, and the one that begins when it has ended. */
interface Readings {
  current: Promise<CachedReading>;
  next: Promise<CachedReading> | undefined;
  /** The stored row, as soon as the current reading has it, and when that reading began. */
  row: { readonly stored: StoredRow; readonly began: number } | undefined;
}

/** `isHit`: it came from memory. */
export type ReadOfCache = CachedReport & { readonly isHit: boolean };

/** How long an answer may take, in milliseconds; after that the cache returns the stored report, as not compared. */
const ANSWER_MS = 1800;

export interface ReportCacheDeps extends ReaderDependencies {
  /** Called for each report. `isHit`: it came from the cache. */
  readonly onReport?: (isHit: boolean) => void;
  /** Another limit than {@link ANSWER_MS}, for tests. */
  readonly answerMs?: number;
}

export class ReportCache {
  readonly #deps: ReportCacheDeps;
  readonly #freshMs: number;
  readonly #now: () => number;
  /** In the order in which their readings began. */
  readonly #cached = new Map<string, CachedReading>();
  readonly #readings = new Map<string, Readings>();
  readonly #rowVersions: BatchLoader<string, string | undefined>;
  readonly #rows: BatchLoader<string, StoredRow | undefined>;

  /**
   * @param freshMs how long before an answer its probes may have begun, in milliseconds; 0: only after the HTTP request
   * @param now a clock that never goes back, in milliseconds
   */
  constructor(deps: ReportCacheDeps, freshMs: number, now: () => number = () => performance.now()) {
    this.#deps = deps;
    this.#freshMs = freshMs;
    this.#now = now;
    const { sql, runningLimitMs } = deps;
    // One statement serves all reads of one moment; it begins after the last of them.
    this.#rowVersions = new BatchLoader((slugs) => readRowVersions(sql, slugs));
    this.#rows = new BatchLoader(async (slugs) => {
      const rows = await readStoredRows(sql, { slugs, runningLimitMs });
      const bySlug = new Map(rows.map((row) => [row.slug, row]));
      return slugs.map((slug) => bySlug.get(slug));
    });
  }

  /** The time by the clock of the cache, which never goes back, in milliseconds. */
  now(): number {
    return this.#now();
  }

  /**
   * The report of a repository: the cached one if its rows are unchanged and its probes are recent. If comparing takes too
   * long, the stored one as not compared.
   * @param isNew whether to read it in any case, after this call
   * @throws {DoiError} `unknown_repository`, `database_unavailable`, `schema_incompatible`
   */
  async get(slug: string, isNew = false): Promise<ReadOfCache> {
    const report = await this.#inTime(slug, isNew);
    this.#deps.onReport?.(report.isHit);
    return report;
  }

  async #inTime(slug: string, isNew: boolean): Promise<ReadOfCache> {
    const answer = this.#get(slug, isNew);
    if (await endsWithin(answer, this.#deps.answerMs ?? ANSWER_MS)) return answer;
    const row = this.#readings.get(slug)?.row;
    return row === undefined
      ? answer
      : { ...toCached(toUnverified(this.#deps, row.stored), row.began), isHit: false };
  }

  async #get(slug: string, isNew: boolean): Promise<ReadOfCache> {
    if (!isNew && this.#recent(slug) !== undefined) {
      const rowVersion = await this.#rowVersions.add(slug);
      const cached = this.#recent(slug);
      if (cached !== undefined && cached.rowVersion === rowVersion) return { ...cached, isHit: true };
    }
    return { ...(await this.#readAgain(slug)), isHit: false };
  }

  #recent(slug: string): CachedReading | undefined {
    const cached = this.#cached.get(slug);
    // With a limit of 0, no entry is recent: even a probe of this millisecond began before the HTTP request.
    return cached !== undefined && this.#now() - cached.began < this.#freshMs ? cached : undefined;
  }

  /** Waits for a reading that begins after this call: one under way may have missed what was written before the call. */
  #readAgain(slug: string): Promise<CachedReading> {
    const under = this.#readings.get(slug);
    if (under === undefined) return this.#begin(slug);
    under.next ??= under.current.then(
      () => this.#begin(slug),
      () => this.#begin(slug),
    );
    return under.next;
  }

  #begin(slug: string): Promise<CachedReading> {
    const readings: Readings = { current: this.#read(slug), next: undefined, row: undefined };
    this.#readings.set(slug, readings);
    const end = () => {
      if (this.#readings.get(slug) === readings && readings.next === undefined) this.#readings.delete(slug);
    };
    readings.current.then(end, end);
    return readings.current;
  }

  async #read(slug: string): Promise<CachedReading> {
    const began = this.#now();
    const row = await this.#rows.add(slug);
    if (row === undefined) throw await unknownRepository(this.#deps.sql, [slug]);
    const readings = this.#readings.get(slug);
    if (readings !== undefined) readings.row = { stored: row, began };
    const reading = { ...toCached(await toReport(this.#deps, row), began), rowVersion: row.row_version };
    this.#keep(slug, reading);
    return reading;
  }

  #keep(slug: string, reading: CachedReading): void {
    this.#cached.delete(slug);
    if (this.#freshMs > 0) this.#cached.set(slug, reading);
    for (const [other, { began }] of this.#cached) {
      if (this.#now() - began < this.#freshMs) break;
      this.#cached.delete(other);
    }
  }
}

function toCached({ answer, ...times }: ReadReport, began: number): CachedReport {
  return { answer, representation: new Representation(JSON.stringify(answer)), ...times, began };
}
