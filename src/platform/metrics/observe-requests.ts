/** Counts the requests that a server answers. */
import type { FastifyInstance } from 'fastify';
import { WEBHOOK_PROVIDERS } from '../webhook-secrets.js';
import type { WebMetrics } from './web-metrics.js';

/** Counts what is answered from now on; to be called before a server has its routes. */
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
