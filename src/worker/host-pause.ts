/** Pauses the consumer while this host has a problem, so that the worker takes no job until it is over. */
import type { DoiError } from '../domain/errors.js';
import type { Clock } from '../platform/clock.js';
import type { Log } from '../platform/log.js';
import type { HostProblemReporter } from './host-problem-reporter.js';

export interface Pausable {
  pause(): Promise<void>;
  resume(): void;
}

export interface HostPauseDeps {
  readonly consumer: Pausable;
  readonly clock: Clock;
  readonly log: Log;
  /** Throws while the problem lasts. */
  readonly check: () => Promise<void>;
  /** Shows the problem to people. */
  readonly reporter: Pick<HostProblemReporter, 'begin' | 'end'>;
  readonly signal: AbortSignal;
}

const FIRST_WAIT_MS = 500;
const LONGEST_WAIT_MS = 5_000;

/** Pauses a consumer at the first problem and resumes it when the check passes; more reports in between change nothing. */
export class HostPause {
  readonly #deps: HostPauseDeps;
  #waiting: Promise<void> | undefined;

  constructor(deps: HostPauseDeps) {
    this.#deps = deps;
  }

  report(error: DoiError): void {
    if (this.#deps.signal.aborted) return;
    this.#waiting ??= this.#wait(error).finally(() => {
      this.#waiting = undefined;
    });
  }

  async #wait(first: DoiError): Promise<void> {
    const { consumer, clock, log, check, reporter, signal } = this.#deps;
    log.error({ error: first }, 'this host has a problem: the worker takes no job until it is over');
    reporter.begin('jobs', first);
    await consumer.pause();
    for (let wait = FIRST_WAIT_MS; !signal.aborted; wait = Math.min(wait * 2, LONGEST_WAIT_MS)) {
      await clock.sleep(wait, signal);
      try {
        await check();
        break;
      } catch (error) {
        log.debug({ error }, 'the problem lasts');
      }
    }
    if (signal.aborted) return;
    log.info('the problem of this host is over');
    reporter.end('jobs');
    consumer.resume();
  }
}
