/** What troubles this worker's host: kept in the host's row while it lasts, so that people see it. */
import { randomUUID } from 'node:crypto';
import type { DoiError } from '../domain/errors.js';
import type { Clock } from '../platform/clock.js';
import type { Log } from '../platform/log.js';
import type { Sql } from '../platform/postgres/sql.js';
import { endsWithin } from '../platform/process/ends-within.js';
import { recordHostProblem } from '../store/hosts/host-problem.js';
import { describeMessage } from './failure.js';

/** Where a trouble is noticed, the one that stands in the way of most first: one at a time is shown. */
const SOURCES = ['jobs', 'checker', 'watch'] as const;
export type HostProblemSource = (typeof SOURCES)[number];

export interface HostProblemReporterSettings {
  readonly sql: Sql;
  readonly clock: Clock;
  readonly log: Log;
  readonly host: string;
  /** After so long without a word, in milliseconds, what another worker said does not count any more. */
  readonly silentMs: number;
}

interface Noted {
  readonly error: DoiError;
  readonly since: number;
}

const CLOSE_LIMIT_MS = 1000;

/** Holds what troubles the host. Nothing waits for it and nothing fails by it: what could not be written, the next look writes. */
export class HostProblemReporter {
  readonly #settings: HostProblemReporterSettings;
  readonly #worker = randomUUID();
  readonly #troubles = new Map<HostProblemSource, Noted>();
  /** Writes wait for each other, so that the last one stays. */
  #writing: Promise<void> = Promise.resolve();

  constructor(settings: HostProblemReporterSettings) {
    this.#settings = settings;
  }

  begin(source: HostProblemSource, error: DoiError): void {
    const { since } = this.#troubles.get(source) ?? { since: this.#settings.clock.now() };
    this.#troubles.set(source, { error, since });
    void this.record();
  }

  end(source: HostProblemSource): void {
    if (this.#troubles.delete(source)) void this.record();
  }

  /** Writes what troubles the host now; called after each look as well, so that others know that this worker lives. */
  record(): Promise<void> {
    this.#writing = this.#writing.then(() => this.#write());
    return this.#writing;
  }

  /** A worker that stops troubles nobody. */
  async close(): Promise<void> {
    this.#troubles.clear();
    await endsWithin(this.record(), CLOSE_LIMIT_MS);
  }

  async #write(): Promise<void> {
    const { sql, log, host, silentMs } = this.#settings;
    try {
      await recordHostProblem(sql, { host, worker: this.#worker, problem: this.#current(), silentMs });
    } catch (error) {
      log.debug({ error }, 'what troubles this host could not be written; the next look writes it');
    }
  }

  #current() {
    const source = SOURCES.find((one) => this.#troubles.has(one));
    const noted = source && this.#troubles.get(source);
    if (noted === undefined) return undefined;
    const { error, since } = noted;
    const agoMs = Math.max(this.#settings.clock.now() - since, 0);
    return { code: error.code, message: describeMessage(error), remedy: error.remedy, agoMs };
  }
}
