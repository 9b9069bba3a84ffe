/** The collaborators that all parts of a worker process share. */
import type { Config } from '../platform/config.js';
import type { Log } from '../platform/log.js';
import type { WorkerMetrics } from '../platform/metrics/worker-metrics.js';
import type { Scope } from '../platform/process/shutdown.js';
import type { HostProblemReporter } from './host-problem-reporter.js';

export interface WorkerProcess {
  readonly config: Config;
  readonly log: Log;
  readonly scope: Scope;
  /** Aborts when the worker has to stop. */
  readonly stop: AbortController;
  readonly reporter: HostProblemReporter;
  readonly metrics: WorkerMetrics;
}
