/** Converts what `/metrics` reads into metrics: counts of the database, of the summary, and of workers. */

import { z } from 'zod';
import { ERRORS } from '../domain/errors.js';
import { isMetricName, metricOf, WORKER_LABELS } from '../platform/metrics/catalogue.js';
import { type Family, labelOf, type Sample, single } from '../platform/metrics/family.js';
import type {
  HostSeen,
  RequestCount,
  ServerSeen,
  Snapshot,
  SweepSeen,
  WorkerSeen,
} from '../store/metrics-snapshot.js';
import type { SummaryStatistics } from './summary/statistics.js';

const REQUEST_STATES: readonly RequestCount['state'][] = ['queued', 'running', 'waiting'];
const SWEEP_STATES: readonly SweepSeen['state'][] = ['running', 'finished', 'lost'];

/** All metrics of a snapshot except those that workers recorded. */
export function snapshotFamilies({ requests, hosts, servers, sweep, finished }: Snapshot): Family[] {
  return [
    ...requestFamilies(requests, hosts),
    ...hostFamilies(hosts),
    serverFamily(servers),
    ...(sweep === null ? [] : sweepFamilies(sweep)),
    ...(finished === null ? [] : [single('doi_last_finished_sweep_timestamp_seconds', finished)]),
  ];
}

/** Every known host has a number, so that a host without requests shows 0 instead of disappearing. */
function requestFamilies(requests: readonly RequestCount[], hosts: readonly HostSeen[]): Family[] {
  const names = new Set([...hosts, ...requests].map(({ host }) => host));
  const counts = [...names].flatMap((host) =>
    REQUEST_STATES.map((state) => ({
      labels: { host: labelOf(host), state },
      value: requests.find((one) => one.host === host && one.state === state)?.count ?? 0,
    })),
  );
  const ages = requests.map(({ host, state, age }) => ({
    labels: { host: labelOf(host), state },
    value: age,
  }));
  return [
    { name: 'doi_requests', samples: counts },
    { name: 'doi_request_oldest_age_seconds', samples: ages },
  ];
}

function hostFamilies(hosts: readonly HostSeen[]): Family[] {
  const each = (value: (host: HostSeen) => number | null): Sample[] =>
    hosts.flatMap((one) => {
      const number = value(one);
      return number === null ? [] : [{ labels: { host: labelOf(one.host) }, value: number }];
    });
  const info = hosts.map(({ host, version, isolation }) => ({
    labels: { host: labelOf(host), version: labelOf(version), isolation: labelOf(isolation ?? 'unknown') },
    value: 1,
  }));
  const problems = hosts.flatMap(({ host, trouble }) =>
    trouble === null ? [] : [{ labels: { host: labelOf(host), code: codeOf(trouble) }, value: 1 }],
  );
  return [
    { name: 'doi_host_info', samples: info },
    { name: 'doi_host_up', samples: each(({ silent }) => Number(!silent)) },
    { name: 'doi_host_heartbeat_age_seconds', samples: each(({ age }) => age) },
    { name: 'doi_host_trouble', samples: problems },
    { name: 'doi_host_capacity', samples: each(({ capacity }) => capacity) },
    { name: 'doi_host_repositories', samples: each(({ repositories }) => repositories) },
  ];
}

function serverFamily(servers: readonly ServerSeen[]): Family {
  const samples = servers.map(({ host, server, code }) => {
    return { labels: { host: labelOf(host), server: labelOf(server), code: codeOf(code ?? '') }, value: 1 };
  });
  return { name: 'doi_server_trouble', samples };
}

function sweepFamilies({ state, started, took, total, done, counts }: SweepSeen): Family[] {
  const { probed = 0, fresh = 0, asked = 0, failed = 0, gone = 0, held = 0 } = counts;
  const away = Object.values(counts.away ?? {}).reduce((sum, one) => sum + one, 0);
  const numbers = { total, done, probed, fresh, asked, failed, gone, held, away };
  return [
    {
      name: 'doi_last_sweep_state',
      samples: SWEEP_STATES.map((one) => ({ labels: { state: one }, value: Number(one === state) })),
    },
    single('doi_last_sweep_start_timestamp_seconds', started),
    single('doi_last_sweep_duration_seconds', took),
    {
      name: 'doi_last_sweep_repositories',
      samples: Object.entries(numbers).map(([count, value]) => ({ labels: { count }, value })),
    },
  ];
}

function codeOf(text: string): string {
  return Object.hasOwn(ERRORS, text) ? text : 'other';
}

/** The metrics of the summary's counts. */
export function statisticsFamilies(statistics: SummaryStatistics): Family[] {
  const by = (label: string, counts: Readonly<Record<string, number>>) =>
    Object.entries(counts).map(([name, value]) => ({ labels: { [label]: name }, value }));
  const criteria = Object.entries(statistics.criteria).flatMap(([criterion, statuses]) =>
    Object.entries(statuses).map(([status, value]) => ({ labels: { criterion, status }, value })),
  );
  const { oldestStaleAt } = statistics;
  return [
    { name: 'doi_repositories', samples: by('tier', statistics.tiers) },
    single('doi_repositories_broken', statistics.broken),
    single('doi_repositories_never_evaluated', statistics.neverEvaluated),
    single('doi_repositories_stale', statistics.stale),
    { name: 'doi_repositories_stale_by_code', samples: by('code', statistics.staleByCode) },
    { name: 'doi_criterion_repositories', samples: criteria },
    ...(oldestStaleAt === null
      ? []
      : [single('doi_stale_oldest_checked_timestamp_seconds', Date.parse(oldestStaleAt) / 1000)]),
  ];
}

/** What a worker records of itself. */
const recorded = z.array(
  z.object({
    name: z.string(),
    samples: z.array(
      z.object({
        labels: z.record(z.string(), z.union([z.string(), z.number()])),
        value: z.number(),
        metricName: z.string().optional(),
      }),
    ),
  }),
);

/** How many hexadecimal digits of its id name a worker: enough to distinguish workers. */
const NAME_LENGTH = 8;

/**
 * The metrics of one worker. A worker of another release may have recorded something else: this omits what is not a
 * worker's metric in this release, and samples with labels that the metric does not have.
 */
export function workerFamilies({ worker, host, age, metrics }: WorkerSeen): Family[] {
  const who = { host: labelOf(host), worker: worker.slice(0, NAME_LENGTH) };
  const parsed = recorded.safeParse(metrics);
  const families = (parsed.data ?? []).flatMap(({ name, samples }): Family[] => {
    if (!isOfWorkers(name)) return [];
    const known = samples.filter((sample) => isKnown(name, sample));
    return [{ name, samples: known.map((sample) => ({ ...sample, labels: { ...who, ...sample.labels } })) }];
  });
  return [...families, { name: 'doi_worker_record_age_seconds', samples: [{ labels: who, value: age }] }];
}

function isOfWorkers(name: string): name is Family['name'] {
  return isMetricName(name) && WORKER_LABELS.every((label) => metricOf(name).labels.includes(label));
}

function isKnown(name: Family['name'], { labels, metricName = name }: Sample): boolean {
  const { type, labels: all } = metricOf(name);
  const parts = type === 'histogram' ? [`${name}_bucket`, `${name}_sum`, `${name}_count`] : [name];
  const own = all.filter((label) => !WORKER_LABELS.some((one) => one === label));
  const given = Object.entries(labels).filter(([label]) => label !== 'le');
  return (
    parts.includes(metricName) &&
    given.length <= own.length &&
    given.every(([label, value]) => own.includes(label) && labelOf(String(value)) === value)
  );
}
