/** Counts how the programs end that a worker runs. */
import type { RunResult, runSubprocess } from '../inputs/load/run-subprocess.js';
import type { Program, SubprocessEnd, WorkerMetrics } from '../platform/metrics/worker-metrics.js';

/** Runs as `run` does, and has each end counted. */
export function countRuns(
  run: typeof runSubprocess,
  program: Program,
  metrics: Pick<WorkerMetrics, 'subprocessEnded'>,
): typeof runSubprocess {
  return async (options) => {
    try {
      const result = await run(options);
      metrics.subprocessEnded(program, endOf(result), result.why === 'not-started' ? undefined : result.ms);
      return result;
    } catch (error) {
      metrics.subprocessEnded(program, 'failed-to-start');
      throw error;
    }
  };
}

function endOf({ why, signal }: RunResult): SubprocessEnd {
  return why === 'exited' && signal !== null ? 'signaled' : why;
}
