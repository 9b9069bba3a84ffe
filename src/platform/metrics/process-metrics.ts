/** What every process counts of itself: its wake-ups, and how late its event loop is. Others count more beside it. */

import { monitorEventLoopDelay } from 'node:perf_hooks';
import { Counter, Gauge, Histogram, Registry } from 'prom-client';
import { isMetricName, type MetricName, metricOf, WORKER_LABELS } from './catalogue.js';
import type { Family } from './family.js';

export class ProcessMetrics {
  readonly #registry = new Registry();
  readonly #lag = new EventLoopLag();
  readonly #wakeUps: Counter;

  constructor() {
    this.#wakeUps = this.counter('doi_wake_ups_total');
    for (const result of ['sent', 'failed']) this.#wakeUps.inc({ result }, 0);
    this.#measureLag();
  }

  /** Jobs were added to wake workers, or could not be. */
  readonly wakeUpsEnded = (result: 'sent' | 'failed', count: number): void => {
    this.#wakeUps.inc({ result }, count);
  };

  /** All that is counted, as it is now. */
  async read(): Promise<Family[]> {
    const metrics = await this.#registry.getMetricsAsJSON();
    return metrics.flatMap(({ name, values }) => {
      if (!isMetricName(name)) return [];
      const samples = values.map(({ labels, value, metricName }: PrintedValue) => ({
        ...{ labels, value },
        ...(metricName === undefined ? {} : { metricName }),
      }));
      return [{ name, samples }];
    });
  }

  close(): void {
    this.#lag.close();
  }

  protected counter(name: MetricName): Counter {
    return new Counter(this.#settings(name));
  }

  protected histogram(name: MetricName): Histogram {
    return new Histogram({ ...this.#settings(name), buckets: [...(metricOf(name).buckets ?? [])] });
  }

  #gauge(name: MetricName, collect?: () => void): Gauge {
    return new Gauge({ ...this.#settings(name), ...(collect === undefined ? {} : { collect }) });
  }

  #settings(name: MetricName) {
    const { help, labels } = metricOf(name);
    const labelNames = labels.filter((label) => !WORKER_LABELS.some((one) => one === label));
    return { name, help, labelNames, registers: [this.#registry] };
  }

  #measureLag(): void {
    // The first of them that is asked takes the measure for all three.
    const p50 = this.#gauge('doi_event_loop_lag_p50_seconds', () => {
      const lag = this.#lag.take();
      p50.set(lag?.p50 ?? 0);
      p99.set(lag?.p99 ?? 0);
      max.set(lag?.max ?? 0);
    });
    const p99 = this.#gauge('doi_event_loop_lag_p99_seconds');
    const max = this.#gauge('doi_event_loop_lag_max_seconds');
  }
}

/** The types of the package leave the name out that a histogram's values have. */
interface PrintedValue {
  readonly labels: Partial<Record<string, string | number>>;
  readonly value: number;
  readonly metricName?: string;
}

/* Measures how late the event loop of this process is. */

/** How often it is looked at, in milliseconds. */
const EVERY_MS = 20;

/** In seconds. */
export interface Lag {
  readonly p50: number;
  readonly p99: number;
  readonly max: number;
}

export class EventLoopLag {
  readonly #delays = monitorEventLoopDelay({ resolution: EVERY_MS });

  constructor() {
    this.#delays.enable();
  }

  /** What was measured since it was last taken; undefined where that is nothing. */
  take(): Lag | undefined {
    const delays = this.#delays;
    // What Node measures is the time from one look to the next, the pause between them included.
    const late = (nanoseconds: number) => Math.max(nanoseconds / 1e9 - EVERY_MS / 1000, 0);
    const lag =
      delays.count === 0
        ? undefined
        : { p50: late(delays.percentile(50)), p99: late(delays.percentile(99)), max: late(delays.max) };
    delays.reset();
    return lag;
  }

  close(): void {
    this.#delays.disable();
  }
}
