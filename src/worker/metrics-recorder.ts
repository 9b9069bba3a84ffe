/** Records the metrics of a worker at intervals and when it stops. No other part waits for it or fails by it. */
import { randomUUID } from 'node:crypto';
import type { RunResult, runSubprocess } from '../checker/run-subprocess.js';
import type { Clock } from '../platform/clock.js';
import type { Log } from '../platform/log.js';
import type { Program, SubprocessEnd, WorkerMetrics } from '../platform/metrics/worker-metrics.js';
import type { Sql } from '../platform/postgres/sql.js';
import { endsWithin } from '../platform/process/ends-within.js';
import { recordWorkerMetrics } from '../store/hosts/worker-metrics.js';

export interface MetricsRecorderDeps {
  readonly sql: Sql;
  readonly clock: Clock;
  readonly log: Log;
  readonly host: string;
  /** How often it records, in milliseconds. */
  readonly everyMs: number;
  readonly metrics: WorkerMetrics;
}

const CLOSE_LIMIT_MS = 1000;

export class MetricsRecorder {
  readonly #deps: MetricsRecorderDeps;
  readonly #worker = randomUUID();
  readonly #stop = new AbortController();
  readonly #running: Promise<void>;
  #isFailing = false;

  /** Begins to record at once. */
  constructor(deps: MetricsRecorderDeps) {
    this.#deps = deps;
    this.#running = this.#run();
  }

  /** Records everything that was counted until now. */
  async close(): Promise<void> {
    this.#stop.abort();
    const ended = this.#running.then(() => this.#record());
    await endsWithin(ended, CLOSE_LIMIT_MS);
    this.#deps.metrics.close();
  }

  async #run(): Promise<void> {
    const { clock, everyMs } = this.#deps;
    while (!this.#stop.signal.aborted) {
      await this.#record();
      await clock.sleep(everyMs, this.#stop.signal);
    }
  }

  async #record(): Promise<void> {
    const { sql, host, log, metrics } = this.#deps;
    try {
      await recordWorkerMetrics(sql, { worker: this.#worker, host, metrics: await metrics.read() });
      if (this.#isFailing) log.info('the metrics of this worker are recorded again');
      this.#isFailing = false;
    } catch (error) {
      // Logs one line when the failures begin and one when they are over.
      if (!this.#isFailing)
        log.warn({ error }, 'the metrics of this worker were not recorded; the worker retries it');
      this.#isFailing = true;
    }
  }
}

/** Runs a program as `run` does, and counts how it ended. */
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
