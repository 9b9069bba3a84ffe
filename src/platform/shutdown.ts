/** Starting and stopping: what was opened is released last-in-first-out, once, within a limit. */
import type { Log } from './log.js';

type Release = () => Promise<void> | void;

/** Releases what was opened, in the reverse order. */
export class Scope {
  readonly #releases: { readonly name: string; readonly release: Release }[] = [];
  #closing: Promise<void> | undefined;

  /** Registers how to release something; returns it. */
  add<T>(name: string, opened: T, release: (opened: T) => Promise<void> | void): T {
    this.#releases.push({ name, release: () => release(opened) });
    return opened;
  }

  /** Releases everything. A release that fails does not keep the others from running; the errors are thrown together. */
  close(): Promise<void> {
    this.#closing ??= this.#closeAll();
    return this.#closing;
  }

  async #closeAll(): Promise<void> {
    const errors: unknown[] = [];
    for (const { name, release } of this.#releases.toReversed()) {
      try {
        await release();
      } catch (error) {
        errors.push(new Error(`${name} did not stop cleanly.`, { cause: error }));
      }
    }
    if (errors.length > 0) throw new AggregateError(errors, 'Not everything stopped cleanly.');
  }
}

/**
 * Runs until SIGTERM or SIGINT, then closes the scope and sets the exit code: 0 after a clean stop, 1 where something
 * did not stop cleanly or not within `limitMs`. An unhandled error is logged and ends the process with 70.
 */
export async function runUntilSignal(scope: Scope, log: Log, limitMs: number): Promise<void> {
  dieOnUnhandledErrors(log);
  const signal = await nextSignal();
  log.info({ signal }, 'stopping');
  const timer = setTimeout(() => {
    log.error({ limitMs }, 'did not stop within the limit');
    process.exit(1);
  }, limitMs);
  try {
    await scope.close();
    log.info('stopped');
  } catch (error) {
    log.error({ error }, 'did not stop cleanly');
    process.exitCode = 1;
  } finally {
    clearTimeout(timer);
  }
}

function nextSignal(): Promise<NodeJS.Signals> {
  return new Promise((resolve) => {
    const stop = (signal: NodeJS.Signals) => resolve(signal);
    process.once('SIGTERM', stop);
    process.once('SIGINT', stop);
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
