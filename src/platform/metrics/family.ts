/** A metric with its values, as it is carried between processes and handed to whoever prints it. */

import { AggregatorRegistry, Registry } from 'prom-client';
import { type MetricName, metricOf } from './catalogue.js';

export type Labels = Readonly<Partial<Record<string, string | number>>>;

export interface Sample {
  readonly labels: Labels;
  readonly value: number;
  /** Of a histogram: the metric's own name and `_bucket`, `_sum` or `_count`. */
  readonly metricName?: string | undefined;
}

export interface Family {
  readonly name: MetricName;
  readonly samples: readonly Sample[];
}

/** A family that has one value and no label. */
export function single(name: MetricName, value: number): Family {
  return { name, samples: [{ labels: {}, value }] };
}

/**
 * Text from a row as the value of a label: what names something here has this form, and anything else, which nobody of
 * ours wrote, is not shown.
 */
export function labelOf(text: string): string {
  return /^[\w.+-]{0,63}$/.test(text) ? text : 'other';
}

/* Prints metrics of several processes as one text, each metric once, in the form that Prometheus reads. */

/** What the text is, as `Content-Type` says it. */
export const METRICS_TYPE: string = Registry.PROMETHEUS_CONTENT_TYPE;

/** @param sources each with its own metrics; values of one metric with the same labels are added up */
export function printMetrics(sources: readonly (readonly Family[])[]): Promise<string> {
  const told = sources.map((families) =>
    families.map(({ name, samples }) => {
      const { help, type } = metricOf(name);
      return { name, help, type, aggregator: 'sum', values: samples };
    }),
  );
  return AggregatorRegistry.aggregate(told).metrics();
}
