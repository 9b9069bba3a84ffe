/** A metric with its values, in the form that crosses processes, and its printing for Prometheus. */
import { AggregatorRegistry, Registry } from 'prom-client';
import { type MetricName, metricOf } from './catalogue.js';

export type Labels = Readonly<Partial<Record<string, string | number>>>;

export interface Sample {
  readonly labels: Labels;
  readonly value: number;
  /** For a histogram: the metric's name with `_bucket`, `_sum` or `_count`. */
  readonly metricName?: string | undefined;
}

export interface Family {
  readonly name: MetricName;
  readonly samples: readonly Sample[];
}

/** A family with one value and no label. */
export function single(name: MetricName, value: number): Family {
  return { name, samples: [{ labels: {}, value }] };
}

/**
 * Text from a row as the value of a label. Names in our rows have this form; any other text was written by another program
 * and is not shown.
 */
export function labelOf(text: string): string {
  return /^[\w.+-]{0,63}$/.test(text) ? text : 'other';
}

/** The `Content-Type` of the printed text. */
export const METRICS_TYPE: string = Registry.PROMETHEUS_CONTENT_TYPE;

/**
 * Prints metrics of several processes as one text, each metric once, in the form that Prometheus reads.
 * @param sources the metrics of each process; values of one metric with the same labels are added up
 */
export function printMetrics(sources: readonly (readonly Family[])[]): Promise<string> {
  const printed = sources.map((families) =>
    families.map(({ name, samples }) => {
      const { help, type } = metricOf(name);
      return { name, help, type, aggregator: 'sum', values: samples };
    }),
  );
  return AggregatorRegistry.aggregate(printed).metrics();
}
