/** Waits while this host is in trouble: takes no job until what is missing is back. */
import type { DoiError } from '../domain/errors.js';
import type { Clock } from '../platform/clock.js';
import type { Log } from '../platform/log.js';
import type { HostProblemReporter } from './host-problem-reporter.js';

export interface Pausable {
  pause(): Promise<void>;
  resume(): void;
}

export interface HostPauseSettings {
  readonly consumer: Pausable;
  readonly clock: Clock;
  readonly log: Log;
  /** Throws while the trouble lasts. */
  readonly check: () => Promise<void>;
  /** Where people see what the trouble is. */
  readonly board: Pick<HostProblemReporter, 'begin' | 'end'>;
  readonly signal: AbortSignal;
}

const FIRST_WAIT_MS = 500;
const LONGEST_WAIT_MS = 5_000;

/** Pauses a consumer at the first trouble and resumes it when the check passes; further reports change nothing. */
export class HostPause {
  readonly #settings: HostPauseSettings;
  #waiting: Promise<void> | undefined;

  constructor(settings: HostPauseSettings) {
    this.#settings = settings;
  }

  report(error: DoiError): void {
    if (this.#settings.signal.aborted) return;
    this.#waiting ??= this.#wait(error).finally(() => {
      this.#waiting = undefined;
    });
  }

  async #wait(first: DoiError): Promise<void> {
    const { consumer, clock, log, check, board, signal } = this.#settings;
    log.error({ error: first }, 'this host is in trouble: no job is taken until it is over');
    board.begin('jobs', first);
    await consumer.pause();
    for (let wait = FIRST_WAIT_MS; !signal.aborted; wait = Math.min(wait * 2, LONGEST_WAIT_MS)) {
      await clock.sleep(wait, signal);
      try {
        await check();
        break;
      } catch (error) {
        log.debug({ error }, 'still in trouble');
      }
    }
    if (signal.aborted) return;
    log.info('the trouble is over');
    board.end('jobs');
    consumer.resume();
  }
}
