/** Prints metrics of several processes as one text, each metric once, in the form that Prometheus reads. */
import { AggregatorRegistry, Registry } from 'prom-client';
import { metricOf } from './catalogue.js';
import type { Family } from './family.js';

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
