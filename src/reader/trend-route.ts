/** The route of the fleet's trend. */
import type { FastifyInstance } from 'fastify';
import { type TrendQuery, trendQuery } from '../api/requests.js';
import type { Breaker } from '../platform/breaker.js';
import { toSchema } from '../platform/http-schema.js';
import { readTrend, type TrendDependencies } from './read-trend.js';
import { Remembered } from './remembered.js';
import { Representation } from './representation.js';
import { sendRepresentation } from './send.js';

const DAYS = '30';
const REMEMBERED_MS = 1000;

/** Adds `/doi/trend`. */
export function addTrendRoute(server: FastifyInstance, deps: TrendDependencies, breaker: Breaker): void {
  const remembered = new Remembered<Representation>(REMEMBERED_MS);
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
