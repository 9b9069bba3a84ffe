/** What troubles this worker's host: kept in the host's row while it lasts, so that people see it. */
import { randomUUID } from 'node:crypto';
import type { DoiError } from '../domain/errors.js';
import type { Clock } from '../platform/clock.js';
import type { Log } from '../platform/log.js';
import type { Sql } from '../platform/postgres/sql.js';
import { settlesWithin } from '../platform/process/with-timeout.js';
import { sayTrouble } from '../store/hosts/host-problem.js';
import { describeMessage } from './failure.js';

/** Where a trouble is noticed, the one that stands in the way of most first: one at a time is shown. */
const SOURCES = ['jobs', 'checker', 'watch'] as const;
export type TroubleSource = (typeof SOURCES)[number];

export interface TroubleBoardSettings {
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
export class TroubleBoard {
  readonly #settings: TroubleBoardSettings;
  readonly #worker = randomUUID();
  readonly #troubles = new Map<TroubleSource, Noted>();
  /** Writes wait for each other, so that the last one stays. */
  #writing: Promise<void> = Promise.resolve();

  constructor(settings: TroubleBoardSettings) {
    this.#settings = settings;
  }

  begin(source: TroubleSource, error: DoiError): void {
    const { since } = this.#troubles.get(source) ?? { since: this.#settings.clock.now() };
    this.#troubles.set(source, { error, since });
    void this.say();
  }

  end(source: TroubleSource): void {
    if (this.#troubles.delete(source)) void this.say();
  }

  /** Writes what troubles the host now; called after each look as well, so that others know that this worker lives. */
  say(): Promise<void> {
    this.#writing = this.#writing.then(() => this.#write());
    return this.#writing;
  }

  /** A worker that stops troubles nobody. */
  async close(): Promise<void> {
    this.#troubles.clear();
    await settlesWithin(this.say(), CLOSE_LIMIT_MS);
  }

  async #write(): Promise<void> {
    const { sql, log, host, silentMs } = this.#settings;
    try {
      await sayTrouble(sql, { host, worker: this.#worker, trouble: this.#current(), silentMs });
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
