/** Starts the watch of a worker, with the file system events between its passes. */
import { isHostProblem } from '../domain/errors.js';
import { endsWithin } from '../platform/process/ends-within.js';
import { FileEvents } from '../producer/file-events.js';
import { type WatchDependencies, type WatchPass, watchUntil } from '../producer/watch.js';
import type { HostPause } from './host-pause.js';
import type { WorkerProcess } from './worker-process.js';

const CLOSE_LIMIT_MS = 2000;

/** Watches until the worker stops. */
export function startWatch(
  { config, log, scope, stop, reporter }: WorkerProcess,
  deps: WatchDependencies,
  pause: HostPause,
): void {
  const observer = scope.add('file events', new FileEvents({ deps, log }), (it) => it.close());
  const watched = { ...deps, folders: true, observer };
  const watching = watchUntil(watched, {
    everyMs: config.watchMs,
    signal: stop.signal,
    onPass: (pass: WatchPass) => {
      log.debug(pass, 'watched');
      if (pass.isClockSetBack)
        log.warn("PostgreSQL's clock was set back: earlier observations of all hosts do not count any more");
      if (pass.agrees && !pass.hasHeartbeat)
        log.warn('the database is not as it was when this pass began: the heartbeat waits for the next pass');
      reporter.end('watch');
      void reporter.record();
    },
    onError: (error) => {
      if (isHostProblem(error)) reporter.begin('watch', error);
      // A worker that must judge nothing takes no jobs either, until a pass finds that it may; the pause logs that once.
      if (error === deps.lead?.why && isHostProblem(error)) pause.report(error);
      else log.warn({ error }, 'a pass of the watch failed; the worker retries it');
    },
  });
  scope.add('watch', watching, async (it) => {
    stop.abort();
    // A statement of the watch may wait much longer for a server that does not answer.
    await endsWithin(it, CLOSE_LIMIT_MS);
  });
}
