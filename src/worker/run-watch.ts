/** Starts the watch of a worker, with the file system events between its looks. */
import { isHostProblem } from '../domain/errors.js';
import { endsWithin } from '../platform/process/ends-within.js';
import { FileEvents } from '../producer/file-events.js';
import { type WatchDependencies, type WatchPass, watchUntil } from '../producer/watch.js';
import type { HostPause } from './host-pause.js';
import type { Process } from './worker-process.js';

const CLOSE_LIMIT_MS = 2000;

/** Watches until the worker stops. */
export function startWatch(
  { config, log, scope, stop, board }: Process,
  deps: WatchDependencies,
  trouble: HostPause,
): void {
  const lookout = scope.add('file events', new FileEvents({ deps, log }), (it) => it.close());
  const watched = { ...deps, folders: true, lookout };
  const watching = watchUntil(watched, {
    everyMs: config.watchMs,
    signal: stop.signal,
    onPass: (pass: WatchPass) => {
      log.debug(pass, 'watched');
      if (pass.isClockSetBack)
        log.warn("PostgreSQL's clock was set back: what all hosts saw before counts no more");
      if (pass.agrees && !pass.isVouchedFor)
        log.warn('the database is not as it was when this look began: the heartbeat waits for the next look');
      board.end('watch');
      void board.record();
    },
    onError: (error) => {
      if (isHostProblem(error)) board.begin('watch', error);
      // Who stands aside takes no jobs either, until a look says that it may; that is logged once.
      if (error === deps.lead?.why && isHostProblem(error)) trouble.report(error);
      else log.warn({ error }, 'the watch failed and is tried again');
    },
  });
  scope.add('watch', watching, async (it) => {
    stop.abort();
    // A statement of it may wait for a silent server much longer.
    await endsWithin(it, CLOSE_LIMIT_MS);
  });
}
