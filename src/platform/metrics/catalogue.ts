/** Lists all metrics of our own: name, type, meaning and labels of each. */

interface MetricEntry {
  readonly type: 'counter' | 'gauge' | 'histogram';
  readonly help: string;
  readonly labels: readonly string[];
  /** Upper bounds of a histogram, in seconds. */
  readonly buckets?: readonly number[];
}

/** The labels of a worker's metrics, which the web process adds when it reads them. */
export const WORKER_LABELS = ['host', 'worker'] as const;

// From an answer out of memory to one that waits for a frozen PostgreSQL.
const REQUEST_SECONDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];
// From a probe that finds no change to a checker that times out.
const WORK_SECONDS = [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60];

const gauge = (help: string, labels: readonly string[] = []) => ({ type: 'gauge', help, labels }) as const;
const counter = (help: string, labels: readonly string[]) => ({ type: 'counter', help, labels }) as const;
const histogram = (help: string, labels: readonly string[], buckets: readonly number[]) =>
  ({ type: 'histogram', help, labels, buckets }) as const;
const ofWorker = (...labels: string[]) => [...WORKER_LABELS, ...labels];

/** All metrics. Those of repositories, hosts, requests and sweeps are read from the database at each scrape. */
export const METRICS = {
  doi_build_info: gauge('The release of this web process; always 1.', ['version', 'criteria', 'node']),
  doi_database_up: gauge('Whether PostgreSQL could be read for this scrape.'),
  doi_requests: gauge('Open requests for an evaluation.', ['host', 'state']),
  doi_request_oldest_age_seconds: gauge('Age of the oldest open request.', ['host', 'state']),
  doi_repositories: gauge('Active repositories by the tier that they reach.', ['tier']),
  doi_repositories_broken: gauge(
    'Active repositories with a failure: the last try to evaluate them, or to reach their remote, broke.',
  ),
  doi_repositories_never_evaluated: gauge('Active repositories without a verdict.'),
  doi_repositories_stale: gauge('Active repositories whose verdicts are not known to hold.'),
  doi_repositories_stale_by_code: gauge('Active repositories that are stale for a reason of this code.', [
    'code',
  ]),
  doi_stale_oldest_checked_timestamp_seconds: gauge('When the oldest verdicts that are stale were written.'),
  doi_criterion_repositories: gauge('Active repositories by the verdict on a criterion.', [
    'criterion',
    'status',
  ]),
  doi_host_info: gauge('What a host that evaluates runs; always 1.', ['host', 'version', 'isolation']),
  doi_host_up: gauge('Whether the heartbeat of a host is recent enough.', ['host']),
  doi_host_heartbeat_age_seconds: gauge('How long ago the last complete pass of a host began.', ['host']),
  doi_host_trouble: gauge('The problem of a host; always 1, and absent without one.', ['host', 'code']),
  doi_server_trouble: gauge(
    'The problem of a host with a server of remotes; always 1, and absent without one.',
    ['host', 'server', 'code'],
  ),
  doi_host_capacity: gauge('How many evaluations a worker of a host runs at once.', ['host']),
  doi_host_repositories: gauge('How many active repositories a host has claimed.', ['host']),
  doi_last_sweep_state: gauge('1 for the state of the sweep under way, else of the last one.', ['state']),
  doi_last_sweep_start_timestamp_seconds: gauge('When that sweep began.'),
  doi_last_sweep_duration_seconds: gauge('How long it took, or has taken until now.'),
  doi_last_sweep_repositories: gauge('What that sweep has counted.', ['count']),
  doi_last_finished_sweep_timestamp_seconds: gauge('When a sweep last came to its end.'),
  doi_report_memory_reads_total: counter('Reports read, by whether the cache had them.', ['result']),
  doi_http_request_duration_seconds: histogram(
    'HTTP requests answered, by the pattern of their route.',
    ['method', 'route', 'status'],
    REQUEST_SECONDS,
  ),
  doi_webhook_deliveries_total: counter('Webhook deliveries answered.', ['provider', 'outcome']),
  doi_wake_ups_total: counter('Jobs added to wake workers, and tries that failed.', ofWorker('result')),
  doi_event_loop_lag_p50_seconds: gauge('Median of how late the event loop was since the last reading.', [
    ...WORKER_LABELS,
  ]),
  doi_event_loop_lag_p99_seconds: gauge('99th percentile of the same.', [...WORKER_LABELS]),
  doi_event_loop_lag_max_seconds: gauge('The latest that it was.', [...WORKER_LABELS]),
  doi_evaluations_total: counter('Wake-ups handled, by how that ended.', ofWorker('result')),
  doi_evaluation_duration_seconds: histogram(
    'How long handling one took, where its repository was probed to the end.',
    ofWorker('result'),
    WORK_SECONDS,
  ),
  doi_subprocesses_total: counter('Programs run, by how that ended.', ofWorker('program', 'end')),
  doi_subprocess_duration_seconds: histogram(
    'How long programs that were started ran.',
    ofWorker('program'),
    WORK_SECONDS,
  ),
  doi_worker_record_age_seconds: gauge('How long ago a worker last recorded what it counts.', [
    ...WORKER_LABELS,
  ]),
} as const satisfies Readonly<Record<string, MetricEntry>>;

export type MetricName = keyof typeof METRICS;

/** The entry of one metric. */
export function metricOf(name: MetricName): MetricEntry {
  return METRICS[name];
}

export function isMetricName(text: string): text is MetricName {
  return Object.hasOwn(METRICS, text);
}
