/** The route of the fleet's trend. */
import type { FastifyInstance } from 'fastify';
import { type ChangesQuery, changesQuery, type TrendQuery, toSchema, trendQuery } from '../api/queries.js';
import type { CircuitBreaker } from '../platform/circuit-breaker.js';
import { readChanges } from '../store/evaluations/read-changes.js';
import { readTrend, type TrendDependencies } from '../store/evaluations/read-trend.js';
import { Representation } from './representation.js';
import { sendRepresentation } from './send.js';
import { SingleFlightCache } from './single-flight-cache.js';

const DAYS = '30';
const REMEMBERED_MS = 1000;

/** Adds `/doi/trend`. */
export function addTrendRoute(
  server: FastifyInstance,
  deps: TrendDependencies,
  breaker: CircuitBreaker,
): void {
  const remembered = new SingleFlightCache<Representation>(REMEMBERED_MS);
  server.get<{ Querystring: TrendQuery }>(
    '/doi/trend',
    { schema: { querystring: toSchema(trendQuery) } },
    async (request, reply) => {
      const { days = DAYS, cursor } = request.query;
      const representation = await remembered.get(`${days} ${cursor}`, () =>
        breaker.run(async () => {
          return new Representation(JSON.stringify(await readTrend(deps, { days: Number(days), cursor })));
        }),
      );
      return sendRepresentation(request, reply, { representation });
    },
  );
}

/* The route of what changed over all repositories. */

/** Adds `/doi/changes`. */
export function addChangesRoute(
  server: FastifyInstance,
  deps: TrendDependencies,
  breaker: CircuitBreaker,
): void {
  server.get<{ Querystring: ChangesQuery }>(
    '/doi/changes',
    { schema: { querystring: toSchema(changesQuery) } },
    async (request, reply) => {
      const { since = '7d', direction = 'all', limit = '50', cursor } = request.query;
      const query = { since, direction, limit: Number(limit), cursor };
      const changes = await breaker.run(() => readChanges(deps, query));
      return sendRepresentation(request, reply, {
        representation: new Representation(JSON.stringify(changes)),
      });
    },
  );
}
