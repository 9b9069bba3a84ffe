/** The route of what changed over all repositories. */
import type { FastifyInstance } from 'fastify';
import { type ChangesQuery, changesQuery } from '../api/requests.js';
import type { Breaker } from '../platform/breaker.js';
import { toSchema } from '../platform/http-schema.js';
import { readChanges } from './read-changes.js';
import type { TrendDependencies } from './read-trend.js';
import { Remembered } from './remembered.js';
import { Representation } from './representation.js';
import { sendRepresentation } from './send.js';

const REMEMBERED_MS = 1000;

/** Adds `/doi/changes`. */
export function addChangesRoute(server: FastifyInstance, deps: TrendDependencies, breaker: Breaker): void {
  const remembered = new Remembered<Representation>(REMEMBERED_MS);
  server.get<{ Querystring: ChangesQuery }>(
    '/doi/changes',
    { schema: { querystring: toSchema(changesQuery) } },
    async (request, reply) => {
      const { since = '7d', direction = 'all', limit = '50', cursor } = request.query;
      const query = { since, direction, limit: Number(limit), cursor };
      const representation = await remembered.get(JSON.stringify(query), () =>
        breaker.run(async () => new Representation(JSON.stringify(await readChanges(deps, query)))),
      );
      return sendRepresentation(request, reply, { representation });
    },
  );
}
