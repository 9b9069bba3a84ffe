/** Remembers each report for a moment, as it is sent, and reads it again as soon as a row has changed. */
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
}

interface Memo extends CachedReport {
  /** Names the rows that were read. */
  readonly stamp: string;
  /** When reading began, by a clock that never goes back, in milliseconds. */
  readonly began: number;
}

/** One reading of a repository, and the one that begins when that has ended. */
interface Readings {
  current: Promise<Memo>;
  next: Promise<Memo> | undefined;
  /** The stored row, as soon as this reading has it. */
  row: StoredRow | undefined;
}

/** How long an answer may take, in milliseconds; then what is stored is answered, and that it was not compared. */
const ANSWER_MS = 1800;

export interface ReportCacheDependencies extends ReaderDependencies {
  /** Is told of each report that was read, and whether it was remembered. */
  readonly onReport?: (isHit: boolean) => void;
  /** Another limit than {@link ANSWER_MS}, for tests. */
  readonly answerMs?: number;
}

export class ReportCache {
  readonly #deps: ReportCacheDependencies;
  readonly #freshMs: number;
  readonly #now: () => number;
  /** In the order in which reading them began. */
  readonly #memos = new Map<string, Memo>();
  readonly #readings = new Map<string, Readings>();
  readonly #stamps: BatchLoader<string, string | undefined>;
  readonly #rows: BatchLoader<string, StoredRow | undefined>;

  /**
   * @param freshMs how long before an answer its probes may have begun, in milliseconds; 0: they begin after it is asked
   * @param now a clock that never goes back, in milliseconds
   */
  constructor(deps: ReportCacheDependencies, freshMs: number, now: () => number = () => performance.now()) {
    this.#deps = deps;
    this.#freshMs = freshMs;
    this.#now = now;
    const { sql, runningLimitMs } = deps;
    // What is asked for in one moment is looked up by one statement, which begins after all of it was asked for.
    this.#stamps = new BatchLoader((slugs) => readRowVersions(sql, slugs));
    this.#rows = new BatchLoader(async (slugs) => {
      const rows = await readStoredRows(sql, { slugs, runningLimitMs });
      const bySlug = new Map(rows.map((row) => [row.slug, row]));
      return slugs.map((slug) => bySlug.get(slug));
    });
  }

  /**
   * The report of a repository: from memory where its rows are still those and its probes began a moment ago. Where
   * comparing takes too long, the stored one as not compared.
   * @throws {DoiError} `unknown_repository`, `database_unavailable`, `schema_incompatible`
   */
  async get(slug: string): Promise<CachedReport & { readonly isHit: boolean }> {
    const report = await this.#inTime(slug);
    this.#deps.onReport?.(report.isHit);
    return report;
  }

  async #inTime(slug: string): Promise<CachedReport & { readonly isHit: boolean }> {
    const answer = this.#get(slug);
    if (await endsWithin(answer, this.#deps.answerMs ?? ANSWER_MS)) return answer;
    const row = this.#readings.get(slug)?.row;
    return row === undefined ? answer : { ...remembered(toUnverified(this.#deps, row)), isHit: false };
  }

  async #get(slug: string): Promise<CachedReport & { readonly isHit: boolean }> {
    if (this.#remembered(slug) !== undefined) {
      const stamp = await this.#stamps.add(slug);
      const memo = this.#remembered(slug);
      if (memo !== undefined && memo.stamp === stamp) return { ...memo, isHit: true };
    }
    return { ...(await this.#readAnew(slug)), isHit: false };
  }

  #remembered(slug: string): Memo | undefined {
    const memo = this.#memos.get(slug);
    // With a bound of 0 nothing is: what was probed in this very millisecond was probed before it was asked for.
    return memo !== undefined && this.#now() - memo.began < this.#freshMs ? memo : undefined;
  }

  /** By a reading that begins after this call: one that is under way may have missed what was written before it. */
  #readAnew(slug: string): Promise<Memo> {
    const under = this.#readings.get(slug);
    if (under === undefined) return this.#begin(slug);
    under.next ??= under.current.then(
      () => this.#begin(slug),
      () => this.#begin(slug),
    );
    return under.next;
  }

  #begin(slug: string): Promise<Memo> {
    const readings: Readings = { current: this.#read(slug), next: undefined, row: undefined };
    this.#readings.set(slug, readings);
    const end = () => {
      if (this.#readings.get(slug) === readings && readings.next === undefined) this.#readings.delete(slug);
    };
    readings.current.then(end, end);
    return readings.current;
  }

  async #read(slug: string): Promise<Memo> {
    const began = this.#now();
    const row = await this.#rows.add(slug);
    if (row === undefined) throw await unknownRepository(this.#deps.sql, [slug]);
    const readings = this.#readings.get(slug);
    if (readings !== undefined) readings.row = row;
    const memo = { ...remembered(await toReport(this.#deps, row)), stamp: row.stamp, began };
    this.#remember(slug, memo);
    return memo;
  }

  #remember(slug: string, memo: Memo): void {
    this.#memos.delete(slug);
    if (this.#freshMs > 0) this.#memos.set(slug, memo);
    for (const [other, { began }] of this.#memos) {
      if (this.#now() - began < this.#freshMs) break;
      this.#memos.delete(other);
    }
  }
}

function remembered({ answer, verifiedAt }: ReadReport): CachedReport {
  return { answer, representation: new Representation(JSON.stringify(answer)), verifiedAt };
}
