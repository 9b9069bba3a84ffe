/** What a worker recorded, checked and with its name, as metrics. */
import { z } from 'zod';
import { isMetricName, metricOf, WORKER_LABELS } from '../../platform/metrics/catalogue.js';
import { type Family, labelOf, type Sample } from '../../platform/metrics/family.js';
import type { WorkerSeen } from './read-snapshot.js';

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

/** Of an id, in hexadecimal digits: enough to tell workers apart. */
const NAME_LENGTH = 8;

/**
 * The metrics of one worker. A worker of another release may have recorded something else: what is no metric of a worker
 * here, or has labels that it has not here, is left out.
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
