/** The reader's routes: reports, the summary, the hosts, and the last sweep. They never evaluate, and need no Redis. */
import type { FastifyInstance } from 'fastify';
import {
  emptyQuery,
  type HistoryQuery,
  historyQuery,
  type SlugParams,
  slugParams,
  toSchema,
} from '../api/queries.js';
import { CircuitBreaker, READ_LIMIT_MS } from '../platform/circuit-breaker.js';
import { readHistory } from '../store/evaluations/history.js';
import { readHosts } from '../store/hosts/read-hosts.js';
import { addBadgeRoute } from './badge-route.js';
import type { Refreshing } from './force-refresh.js';
import { addChangesRoute, addTrendRoute } from './history-routes.js';
import { addOpenApiRoute } from './openapi-route.js';
import { ReportCache, type ReportCacheDependencies } from './report-cache.js';
import { addReportRoute } from './report-route.js';
import { Representation } from './representation.js';
import { CACHE_CONTROL, sendRepresentation } from './send.js';
import type { FleetSummary } from './summary/prepared-summary.js';
import { addSummaryRoute } from './summary/summary-route.js';
import { addSweepRoutes } from './sweep-routes.js';

const HISTORY_LIMIT = 50;

const JSON_TYPE = 'application/json; charset=utf-8';

export interface ServingDependencies extends ReportCacheDependencies {
  /** How long before an answer the probes that it rests on may have begun, in milliseconds. */
  readonly freshMs: number;
  /** The summary of all repositories, kept ready. */
  readonly fleet: FleetSummary;
  /** Whether badges are shown to whoever asks. */
  readonly publicBadges: boolean;
  /** Where clients reach the service. */
  readonly publicUrl: string;
  /** How it has something judged, where a client asks for that by reading. */
  readonly refreshing: Refreshing;
  /** How many days the history is kept. */
  readonly historyDays: number;
}

/** Adds the reader's routes to a server. */
export function addReaderRoutes(server: FastifyInstance, deps: ServingDependencies): void {
  const breaker = new CircuitBreaker({ limitMs: READ_LIMIT_MS });
  const memory = new ReportCache(deps, deps.freshMs);
  addReportRoute(server, { ...deps, memory, breaker });
  addSummaryRoute(server, deps);
  addBadgeRoute(server, { ...deps, memory, breaker });
  addTrendRoute(server, deps, breaker);
  addChangesRoute(server, deps, breaker);
  addSweepRoutes(server, deps, breaker);
  addOpenApiRoute(server, { version: deps.release.version, publicUrl: deps.publicUrl });
  server.get('/hosts', { schema: { querystring: toSchema(emptyQuery) } }, async (_, reply) => {
    const hosts = await breaker.run(() => readHosts(deps));
    return reply.type(JSON_TYPE).header('cache-control', CACHE_CONTROL).send(JSON.stringify(hosts));
  });
  server.get<{ Params: SlugParams; Querystring: HistoryQuery }>(
    '/repos/:slug/doi/history',
    { schema: { params: toSchema(slugParams), querystring: toSchema(historyQuery) } },
    async (request, reply) => {
      const { params, query } = request;
      const limit = Number(query.limit ?? HISTORY_LIMIT);
      const wanted = { slug: params.slug, limit, cursor: query.cursor };
      const history = await breaker.run(() => readHistory(deps.sql, wanted));
      return sendRepresentation(request, reply, {
        representation: new Representation(JSON.stringify(history)),
      });
    },
  );
}
