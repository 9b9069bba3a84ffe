/** The route of the last sweep's report. */
import type { FastifyInstance } from 'fastify';
import { emptyQuery } from '../api/requests.js';
import { readSweep } from '../cache/sweeps.js';
import type { SweepAnswer } from '../domain/answers.js';
import { DoiError } from '../domain/errors.js';
import type { Breaker } from '../platform/breaker.js';
import { toSchema } from '../platform/http-schema.js';
import type { Sql } from '../platform/sql.js';

/** Adds `/sweeps/latest`: the sweep under way, or the last one. */
export function addSweepRoute(server: FastifyInstance, { sql }: { sql: Sql }, breaker: Breaker): void {
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
