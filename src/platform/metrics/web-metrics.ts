/** Counts what a web process does: HTTP requests that it answered, among them webhooks, and reports that it read. */
import type { FastifyInstance } from 'fastify';
import { AggregatorRegistry, collectDefaultMetrics, Registry } from 'prom-client';
import type { Release } from '../../domain/release.js';
import { WEBHOOK_PROVIDERS, type WebhookProvider } from '../settings/webhook-secrets.js';
import type { Family } from './family.js';
import { ProcessMetrics } from './process-metrics.js';

/** An HTTP request that was answered. */
export interface AnsweredRequest {
  readonly method: string;
  /** The pattern of its route; undefined where no route matched. */
  readonly route: string | undefined;
  readonly status: number;
  readonly ms: number;
}

const METHODS: readonly string[] = ['GET', 'HEAD', 'POST'];

/** The outcome of a webhook delivery, by the status of its answer. */
const OUTCOMES: ReadonlyMap<number, string> = new Map([
  [202, 'accepted'],
  [200, 'ignored'],
  [401, 'unproven'],
  [404, 'off'],
  [413, 'too-large'],
  [503, 'unavailable'],
]);

export class WebMetrics extends ProcessMetrics {
  readonly #release: Release;
  readonly #defaults = new Registry();
  readonly #requests = this.histogram('doi_http_request_duration_seconds');
  readonly #deliveries = this.counter('doi_webhook_deliveries_total');
  readonly #reports = this.counter('doi_report_memory_reads_total');

  constructor(release: Release) {
    super();
    this.#release = release;
    for (const result of ['hit', 'miss']) this.#reports.inc({ result }, 0);
    collectDefaultMetrics({ register: this.#defaults });
  }

  /** The default metrics of any program on Node, as text. */
  async printDefaults(): Promise<string> {
    const metrics = await this.#defaults.getMetricsAsJSON();
    // Some have no value before their first measurement, and the package would print NaN.
    const printed = metrics.map((metric) => ({
      ...metric,
      ...{ aggregator: 'first', values: metric.values.filter(({ value }) => Number.isFinite(value)) },
    }));
    return AggregatorRegistry.aggregate([printed]).metrics();
  }

  override async read(): Promise<Family[]> {
    const { version, criteriaDigest: criteria } = this.#release;
    const labels = { version, criteria, node: process.versions.node };
    return [{ name: 'doi_build_info', samples: [{ labels, value: 1 }] }, ...(await super.read())];
  }

  /** Labels hold nothing of the request's own text: a path without a route and an unknown method each have one name. */
  requestAnswered({ method, route = 'unmatched', status, ms }: AnsweredRequest): void {
    const known = METHODS.includes(method) ? method : 'other';
    this.#requests.observe({ method: known, route, status }, ms / 1000);
  }

  deliveryAnswered(provider: WebhookProvider, status: number): void {
    this.#deliveries.inc({ provider, outcome: OUTCOMES.get(status) ?? 'refused' });
  }

  /** Counts a report that was read; `isHit` if the cache had it. */
  readonly reportRead = (isHit: boolean): void => {
    this.#reports.inc({ result: isHit ? 'hit' : 'miss' });
  };
}

/** Counts every HTTP request that a server answers; call it before the server has its routes. */
export function observeRequests(server: FastifyInstance, metrics: WebMetrics): void {
  server.addHook('onResponse', (request, reply, done) => {
    const { method, params, routeOptions } = request;
    const { statusCode: status, elapsedTime: ms } = reply;
    metrics.requestAnswered({ method, route: routeOptions.url, status, ms });
    const { provider } = (params ?? {}) as { readonly provider?: unknown };
    const known = provider === undefined ? undefined : WEBHOOK_PROVIDERS.find((one) => one === provider);
    if (known !== undefined) metrics.deliveryAnswered(known, status);
    done();
  });
}
