/** Keeps the problem of this worker's host in the host's row while it lasts, so that people see it. */
import { randomUUID } from 'node:crypto';
import type { DoiError } from '../domain/errors.js';
import type { Clock } from '../platform/clock.js';
import type { Log } from '../platform/log.js';
import type { Sql } from '../platform/postgres/sql.js';
import { endsWithin } from '../platform/process/ends-within.js';
import { recordHostProblem } from '../store/hosts/host-problem.js';
import { describeMessage } from './failure.js';

/** The parts that notice host problems. Only the problem of the first in this order is shown: it stops the most work. */
const SOURCES = ['jobs', 'checker', 'watch'] as const;
export type HostProblemSource = (typeof SOURCES)[number];

export interface HostProblemReporterDeps {
  readonly sql: Sql;
  readonly clock: Clock;
  readonly log: Log;
  readonly host: string;
  /** After how long without a report from another worker its problem no longer counts, in milliseconds. */
  readonly silentMs: number;
}

interface Noted {
  readonly error: DoiError;
  readonly since: number;
}

const CLOSE_LIMIT_MS = 1000;

/**
 * Holds the problems of the host. No caller waits for a write or fails by it: the next pass writes what could not be
 * written.
 */
export class HostProblemReporter {
  readonly #deps: HostProblemReporterDeps;
  readonly #worker = randomUUID();
  readonly #problems = new Map<HostProblemSource, Noted>();
  /** Writes wait for each other, so that the last one stays. */
  #writing: Promise<void> = Promise.resolve();

  constructor(deps: HostProblemReporterDeps) {
    this.#deps = deps;
  }

  begin(source: HostProblemSource, error: DoiError): void {
    const { since } = this.#problems.get(source) ?? { since: this.#deps.clock.now() };
    this.#problems.set(source, { error, since });
    void this.record();
  }

  end(source: HostProblemSource): void {
    if (this.#problems.delete(source)) void this.record();
  }

  /** Writes the current problem; called after each pass too, so that other processes know that this worker lives. */
  record(): Promise<void> {
    this.#writing = this.#writing.then(() => this.#write());
    return this.#writing;
  }

  /** Removes the problem: a worker that stops has none. */
  async close(): Promise<void> {
    this.#problems.clear();
    await endsWithin(this.record(), CLOSE_LIMIT_MS);
  }

  async #write(): Promise<void> {
    const { sql, log, host, silentMs } = this.#deps;
    try {
      await recordHostProblem(sql, { host, worker: this.#worker, problem: this.#current(), silentMs });
    } catch (error) {
      log.debug({ error }, 'the problem of this host could not be written; the next pass writes it');
    }
  }

  #current() {
    const source = SOURCES.find((one) => this.#problems.has(one));
    const noted = source && this.#problems.get(source);
    if (noted === undefined) return undefined;
    const { error, since } = noted;
    const agoMs = Math.max(this.#deps.clock.now() - since, 0);
    return { code: error.code, message: describeMessage(error), remedy: error.remedy, agoMs };
  }
}
