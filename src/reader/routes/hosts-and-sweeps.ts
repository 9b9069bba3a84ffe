/** The routes `/hosts`, `/sweeps` and `/sweeps/latest`. */
import type { FastifyInstance, FastifyReply } from 'fastify';
import { emptyQuery, type SweepsQuery, sweepsQuery, toSchema } from '../../api/queries.js';
import { DoiError } from '../../domain/errors.js';
import type { CircuitBreaker } from '../../platform/circuit-breaker.js';
import { type ReadHostsDeps, readHosts } from '../../store/hosts/read-hosts.js';
import { readSweep, readSweeps } from '../../store/sweeps.js';
import { CACHE_CONTROL, JSON_TYPE, sendJson } from '../send.js';

const LIMIT = 10;

/** Adds `/hosts`. */
export function addHostsRoute(server: FastifyInstance, deps: ReadHostsDeps, breaker: CircuitBreaker): void {
  server.get('/hosts', { schema: { querystring: toSchema(emptyQuery) } }, async (_, reply) =>
    sendUntagged(reply, await breaker.run(() => readHosts(deps))),
  );
}

/** Adds `/sweeps`, and `/sweeps/latest`: the sweep under way, or the last one. */
export function addSweepRoutes(
  server: FastifyInstance,
  { sql }: Pick<ReadHostsDeps, 'sql'>,
  breaker: CircuitBreaker,
): void {
  server.get<{ Querystring: SweepsQuery }>(
    '/sweeps',
    { schema: { querystring: toSchema(sweepsQuery) } },
    async (request, reply) => {
      const limit = Number(request.query.limit ?? LIMIT);
      return sendJson(request, reply, await breaker.run(() => readSweeps(sql, { limit })));
    },
  );
  server.get('/sweeps/latest', { schema: { querystring: toSchema(emptyQuery) } }, async (_, reply) => {
    const sweep = await breaker.run(() => readSweep(sql));
    if (sweep !== undefined) return sendUntagged(reply, sweep);
    throw new DoiError(
      'no_sweep',
      'There has been no sweep yet.',
      'Run "doi sweep", or wait for the nightly one, which a worker begins at DOI_NIGHTLY.',
    );
  });
}

/** Without a tag: the answer may change at any moment. */
function sendUntagged(reply: FastifyReply, answer: unknown): FastifyReply {
  return reply.type(JSON_TYPE).header('cache-control', CACHE_CONTROL).send(JSON.stringify(answer));
}
