/** The route of what changed over all repositories. */
import type { FastifyInstance } from 'fastify';
import { type ChangesQuery, changesQuery } from '../api/requests.js';
import type { Breaker } from '../platform/breaker.js';
import { toSchema } from '../platform/http-schema.js';
import { readChanges } from './read-changes.js';
import type { TrendDependencies } from './read-trend.js';
import { Representation } from './representation.js';
import { sendRepresentation } from './send.js';

/** Adds `/doi/changes`. */
export function addChangesRoute(server: FastifyInstance, deps: TrendDependencies, breaker: Breaker): void {
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
