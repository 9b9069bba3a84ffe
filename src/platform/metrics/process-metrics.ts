/** Counts what every process counts: its wake-ups, and how late its event loop is. Web and worker add their own metrics. */
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

  /** Counts jobs that were added to wake workers, or could not be. */
  readonly wakeUpsEnded = (result: 'sent' | 'failed', count: number): void => {
    this.#wakeUps.inc({ result }, count);
  };

  /** All metrics with their values of now. */
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
    // The first of the three that is read sets all three from one measurement.
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

/** The package's types lack the name that a histogram's values have. */
interface PrintedValue {
  readonly labels: Partial<Record<string, string | number>>;
  readonly value: number;
  readonly metricName?: string;
}

/** How often the lag of the event loop is measured, in milliseconds. */
const EVERY_MS = 20;

/** How late the event loop was, in seconds. */
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

  /** The lag since the last call; undefined where nothing was measured since. */
  take(): Lag | undefined {
    const delays = this.#delays;
    // Node measures the time between two ticks, the planned pause included.
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
