/** Starts the watch of a worker, with the file system events between its looks. */
import { isHostTrouble } from '../domain/errors.js';
import { FileEvents } from '../producer/file-events.js';
import { type WatchDependencies, type WatchPass, watchUntil } from '../producer/watch.js';
import type { HostTrouble } from './host-trouble.js';
import type { Process } from './worker-process.js';

/** Watches until the worker stops. */
export function startWatch(
  { config, log, scope, stop, board }: Process,
  deps: WatchDependencies,
  trouble: HostTrouble,
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
        log.warn(
          'PostgreSQL was replaced or restored while this host looked: its heartbeat waits for the next look',
        );
      board.end('watch');
      void board.say();
    },
    onError: (error) => {
      if (isHostTrouble(error)) board.begin('watch', error);
      // Who stands aside takes no jobs either, until a look says that it may; that is logged once.
      if (error === deps.lead?.why && isHostTrouble(error)) trouble.report(error);
      else log.warn({ error }, 'the watch failed and is tried again');
    },
  });
  scope.add('watch', watching, async (it) => {
    stop.abort();
    await it;
  });
}
