/** Stops a process: releases what was opened, last in first out, once, within a limit. */
import type { Log } from '../log.js';

type Release = () => Promise<void> | void;

/** Holds what was opened, and releases it in the reverse order. */
export class Scope {
  readonly #releases: { readonly name: string; readonly release: Release }[] = [];
  #closing: Promise<void> | undefined;

  /**
   * Registers how to release something.
   * @returns what was opened
   * @throws where the scope is closing already: it is then released with the rest, and the caller must not go on with it
   */
  add<T>(name: string, opened: T, release: (opened: T) => Promise<void> | void): T {
    this.#releases.push({ name, release: () => release(opened) });
    if (this.#closing === undefined) return opened;
    this.#closing = this.#closing.then(() => this.#closeAll());
    throw new Error(`${name} was opened while everything was being stopped.`);
  }

  /** Releases everything. A release that fails does not prevent the others; the errors are thrown together. */
  close(): Promise<void> {
    this.#closing ??= this.#closeAll();
    return this.#closing;
  }

  async #closeAll(): Promise<void> {
    const errors: unknown[] = [];
    for (let last = this.#releases.pop(); last !== undefined; last = this.#releases.pop()) {
      try {
        await last.release();
      } catch (error) {
        errors.push(new Error(`${last.name} did not stop cleanly.`, { cause: error }));
      }
    }
    if (errors.length > 0) throw new AggregateError(errors, 'Not everything stopped cleanly.');
  }
}

export interface StopOptions {
  /** How long stopping may take, in milliseconds. */
  readonly limitMs: number;
  /** Aborted when the signal arrives, before anything is released. */
  readonly interrupted?: AbortController;
}

/**
 * Runs until SIGTERM, SIGINT or SIGHUP (its terminal was closed), then closes the scope. An unhandled error is logged and
 * ends the process with 70; a stop that takes longer than `limitMs` ends it with 1.
 * @returns the exit code: 0 after a clean stop, 1 where something did not stop cleanly
 */
export async function runUntilSignal(
  scope: Scope,
  log: Log,
  { limitMs, interrupted }: StopOptions,
): Promise<number> {
  dieOnUnhandledErrors(log);
  const signal = await nextSignal();
  log.info({ signal }, 'stopping');
  interrupted?.abort();
  const timer = setTimeout(() => {
    log.error({ limitMs }, 'did not stop within the limit');
    process.exit(1);
  }, limitMs);
  try {
    await scope.close();
    log.info('stopped');
    return 0;
  } catch (error) {
    log.error({ error }, 'did not stop cleanly');
    return 1;
  } finally {
    clearTimeout(timer);
  }
}

/** The listeners stay: on Ctrl-C both the terminal and npm send a signal, and the second would kill the process as it stops. */
function nextSignal(): Promise<NodeJS.Signals> {
  return new Promise((resolve) => {
    const stop = (signal: NodeJS.Signals) => resolve(signal);
    process.on('SIGHUP', stop);
    process.on('SIGTERM', stop);
    process.on('SIGINT', stop);
  });
}

function dieOnUnhandledErrors(log: Log): void {
  const die = (error: unknown) => {
    log.fatal({ error }, 'unhandled error');
    process.exit(70);
  };
  process.on('uncaughtException', die);
  process.on('unhandledRejection', die);
}
