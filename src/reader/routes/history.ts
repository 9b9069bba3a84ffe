/** The routes over time: `/repos/:slug/doi/history`, `/doi/changes` and `/doi/trend`. */
import type { FastifyInstance } from 'fastify';
import {
  type ChangesQuery,
  changesQuery,
  type HistoryQuery,
  historyQuery,
  type SlugParams,
  slugParams,
  type TrendQuery,
  toSchema,
  trendQuery,
} from '../../api/queries.js';
import type { CircuitBreaker } from '../../platform/circuit-breaker.js';
import { readHistory } from '../../store/evaluations/history.js';
import { readChanges } from '../../store/evaluations/read-changes.js';
import { readTrend, type TrendDeps } from '../../store/evaluations/read-trend.js';
import { Representation } from '../representation.js';
import { sendJson, sendRepresentation } from '../send.js';
import { SingleFlightCache } from '../single-flight-cache.js';

const PAGE = 50;
const CHANGES_SINCE = '7d';
const TREND_DAYS = 30;
/** For how long a trend is reused, in milliseconds. */
const TREND_CACHED_MS = 1000;

/** Adds `/repos/:slug/doi/history`. */
export function addHistoryRoute(
  server: FastifyInstance,
  { sql }: Pick<TrendDeps, 'sql'>,
  breaker: CircuitBreaker,
): void {
  server.get<{ Params: SlugParams; Querystring: HistoryQuery }>(
    '/repos/:slug/doi/history',
    { schema: { params: toSchema(slugParams), querystring: toSchema(historyQuery) } },
    async (request, reply) => {
      const { limit = PAGE, cursor } = request.query;
      const query = { slug: request.params.slug, limit: Number(limit), cursor };
      return sendJson(request, reply, await breaker.run(() => readHistory(sql, query)));
    },
  );
}

/** Adds `/doi/changes`. */
export function addChangesRoute(server: FastifyInstance, deps: TrendDeps, breaker: CircuitBreaker): void {
  server.get<{ Querystring: ChangesQuery }>(
    '/doi/changes',
    { schema: { querystring: toSchema(changesQuery) } },
    async (request, reply) => {
      const { since = CHANGES_SINCE, direction = 'all', limit = PAGE, cursor } = request.query;
      const query = { since, direction, limit: Number(limit), cursor };
      return sendJson(request, reply, await breaker.run(() => readChanges(deps, query)));
    },
  );
}

/** Adds `/doi/trend`. */
export function addTrendRoute(server: FastifyInstance, deps: TrendDeps, breaker: CircuitBreaker): void {
  const cache = new SingleFlightCache<Representation>(TREND_CACHED_MS);
  server.get<{ Querystring: TrendQuery }>(
    '/doi/trend',
    { schema: { querystring: toSchema(trendQuery) } },
    async (request, reply) => {
      const { days = TREND_DAYS, cursor } = request.query;
      const representation = await cache.get(`${days} ${cursor}`, () =>
        breaker.run(async () => {
          return new Representation(JSON.stringify(await readTrend(deps, { days: Number(days), cursor })));
        }),
      );
      return sendRepresentation(request, reply, { representation });
    },
  );
}
