/** A metric with its values, as it is carried between processes and handed to whoever prints it. */
import type { MetricName } from './catalogue.js';

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
