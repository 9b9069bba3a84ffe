/** `doi web` and `doi worker`: run the two processes of the Procfile. */
import type { Command } from 'commander';
import { DoiError } from '../domain/errors.js';
import type { Config } from '../platform/config.js';
import type { Log } from '../platform/log.js';
import type { Scope } from '../platform/process/shutdown.js';
import type { Context } from './context.js';
import { addHelpText } from './help-text.js';
import { serveWithoutOutput } from './last-resort.js';

/** Longer than the grace time of running jobs, shorter than the time after which process managers kill. */
const STOP_LIMIT_MS = 25_000;
/** How long a process may take to end by itself after everything is closed. */
const LEAVE_MS = 1000;

export function addWeb(program: Command, context: Context): void {
  const command = program
    .command('web')
    .summary('serve reports over HTTP')
    .description(
      'Serves the stored reports, and accepts webhooks and requests for evaluations, until SIGTERM or SIGINT. ' +
        'It needs PostgreSQL. With REDIS_URL it wakes a worker for each request; without it, the next pass of the watch finds the request.',
    )
    .action(async () => {
      const { runWeb } = await import('../web/run-web.js');
      await serve('web', context, runWeb);
    });
  addHelpText(command, {
    examples: [['DATABASE_URL=postgres://… doi web', 'at HOST and PORT; 127.0.0.1:8080 unless set']],
  });
}

export function addWorker(program: Command, context: Context): void {
  const command = program
    .command('worker')
    .summary('evaluate, watch, and sweep nightly')
    .description(
      'Evaluates the repositories of this host, watches them, and takes part in the nightly sweep, until SIGTERM or SIGINT.',
    )
    .action(async () => {
      const { keepHeapSmall } = await import('../platform/process/small-heap.js');
      const { runWorker } = await import('../worker/run-worker.js');
      keepHeapSmall();
      await serve('worker', context, runWorker);
    });
  addHelpText(command, {
    examples: [
      [
        'DATABASE_URL=postgres://… REDIS_URL=redis://… doi worker',
        'on each host with checkouts, one or more',
      ],
    ],
  });
}

/** Runs a process until a signal stops it, and sets its exit code. */
export async function serve(
  name: string,
  context: Context,
  run: (config: Config, log: Log, scope: Scope) => Promise<unknown>,
): Promise<void> {
  const { findConnections } = await import('./open-services.js');
  const { openLog } = await import('../platform/log.js');
  const { runUntilSignal, Scope: OpenScope } = await import('../platform/process/shutdown.js');
  const { config } = await findConnections(context.env);
  serveWithoutOutput();
  const log = openLog(name, config.logLevel);
  const scope = new OpenScope();
  const stopped = runUntilSignal(scope, log, { limitMs: STOP_LIMIT_MS });
  try {
    await run(config, log, scope);
  } catch (error) {
    await scope.close();
    throw portError(error, config);
  }
  const exitCode = await stopped;
  context.exitCode = exitCode;
  // Everything is closed. Where Redis was away, BullMQ keeps timers for ever, so the process does not wait for them.
  setTimeout(() => process.exit(exitCode), LEAVE_MS).unref();
}

/** An address or a port that cannot be used, as an error of the configuration; any other error is returned unchanged. */
function portError(error: unknown, { address, port }: Config): unknown {
  const { code = '', syscall, hostname } = error as NodeJS.ErrnoException & { hostname?: string };
  const isUnknown = syscall === 'getaddrinfo' && hostname === address;
  if (!isUnknown && !['EADDRINUSE', 'EACCES', 'EADDRNOTAVAIL'].includes(code)) return error;
  const found = `doi-worker cannot listen at ${address}, port ${port} (${code}).`;
  const remedy = 'Set another PORT or HOST, or stop the program that listens there.';
  return new DoiError('bad_configuration', found, remedy, { cause: error });
}
