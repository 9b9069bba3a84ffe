/** Keeps the last summary that was read, and makes one read serve all calls that wait for it: each of them is megabytes. */
import type { SummaryEntry } from '../api/summary.js';
import type { CriterionId } from '../domain/verdict.js';

type Known = 'repo_slug' | 'domain_slug' | 'tier' | 'checked_at' | 'stale' | 'broken';

/** What the tools know of one repository without its report. */
export interface ListedRepository extends Pick<SummaryEntry, Known> {
  /** The criteria that do not count towards a tier. */
  readonly failing: readonly CriterionId[];
}

/** The summary as the tools know it. */
export interface KeptSummary {
  /** Empty where the server named none. */
  readonly etag: string;
  /** The time for which the server claims `stale` of all; undefined where it names none. */
  readonly verifiedAt: string | undefined;
  readonly repositories: readonly ListedRepository[];
}

/** Reads the summary, given the last one, so that the server need not send that again. */
export type ReadSummary = (kept: KeptSummary | undefined) => Promise<KeptSummary>;

/** Shared by all servers of one process. */
export class SummaryMemory {
  #kept: KeptSummary | undefined;
  #current: Promise<KeptSummary> | undefined;
  #next: Promise<KeptSummary> | undefined;

  /** The summary as a read finds it that begins after this call: one under way may miss what changed before the call. */
  read(by: ReadSummary): Promise<KeptSummary> {
    return this.#current === undefined ? this.#begin(by) : this.#follow(by);
  }

  #follow(by: ReadSummary): Promise<KeptSummary> {
    const begin = () => this.#begin(by);
    this.#next ??= this.#current?.then(begin, begin) ?? begin();
    return this.#next;
  }

  #begin(by: ReadSummary): Promise<KeptSummary> {
    this.#next = undefined;
    const read = this.#read(by);
    this.#current = read;
    const end = () => {
      if (this.#current === read && this.#next === undefined) this.#current = undefined;
    };
    read.then(end, end);
    return read;
  }

  async #read(by: ReadSummary): Promise<KeptSummary> {
    const found = await by(this.#kept);
    this.#kept = found.etag === '' ? undefined : found;
    return found;
  }
}
