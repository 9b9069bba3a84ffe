/** The routes of the sweeps' reports. */
import type { FastifyInstance } from 'fastify';
import { emptyQuery, type SweepsQuery, sweepsQuery, toSchema } from '../api/queries.js';
import type { SweepAnswer } from '../api/sweeps.js';
import { DoiError } from '../domain/errors.js';
import type { CircuitBreaker } from '../platform/circuit-breaker.js';
import type { Sql } from '../platform/postgres/sql.js';
import { readSweep, readSweeps } from '../store/sweeps.js';
import { Representation } from './representation.js';
import { sendRepresentation } from './send.js';

const LIMIT = 10;

/** Adds `/sweeps`, and `/sweeps/latest`: the sweep under way, or the last one. */
export function addSweepRoutes(
  server: FastifyInstance,
  { sql }: { sql: Sql },
  breaker: CircuitBreaker,
): void {
  server.get<{ Querystring: SweepsQuery }>(
    '/sweeps',
    { schema: { querystring: toSchema(sweepsQuery) } },
    async (request, reply) => {
      const limit = Number(request.query.limit ?? LIMIT);
      const sweeps = await breaker.run(() => readSweeps(sql, { limit }));
      return sendRepresentation(request, reply, {
        representation: new Representation(JSON.stringify(sweeps)),
      });
    },
  );
  server.get(
    '/sweeps/latest',
    { schema: { querystring: toSchema(emptyQuery) } },
    async (_, reply): Promise<SweepAnswer> => {
      const sweep = await breaker.run(() => readSweep(sql));
      // It may move on at any moment.
      if (sweep !== undefined) return reply.header('cache-control', 'no-cache, private').send(sweep);
      throw new DoiError(
        'no_sweep',
        'There has been no sweep yet.',
        'Run "doi sweep", or wait for the nightly one, which a worker begins at DOI_NIGHTLY.',
      );
    },
  );
}
