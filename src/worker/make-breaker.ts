/** Makes the breaker that stops a checker which is broken for every repository, and reports that as a problem of the host. */
import { checkCanary } from '../checker/canary.js';
import { type Check, CheckerBreaker } from '../checker/checker-breaker.js';
import { probeChecker } from '../inputs/probe/checker-version.js';
import type { Clock } from '../platform/clock.js';
import type { WorkerProcess } from './worker-process.js';

export function makeBreaker(
  { config, log, stop, reporter }: WorkerProcess,
  clock: Clock,
  check: Check,
): CheckerBreaker {
  return new CheckerBreaker({
    check,
    probe: () => probeChecker(config.checker, config.searchPath).version,
    canary: checkCanary,
    clock,
    signal: stop.signal,
    onBroken: (error) => {
      log.error({ error }, 'the checker is broken for every repository: the worker does not run it for now');
      reporter.begin('checker', error);
    },
    onRecovered: () => {
      log.info('the worker runs the checker again');
      reporter.end('checker');
    },
  });
}
