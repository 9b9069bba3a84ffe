/** The reader's routes: reports, the summary, the hosts, and the last sweep. They never evaluate, and need no Redis. */
import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import { TIERS } from '../domain/tier.js';
import { Breaker } from '../platform/breaker.js';
import { emptyQuery, type SlugParams, slugParams, toSchema } from '../platform/http-schema.js';
import { readHosts } from './read-hosts.js';
import { type ReaderDependencies, readReport } from './read-report.js';
import { readSummary } from './read-summary.js';
import { addSweepRoute } from './sweep-route.js';

const flag = z.enum(['true', 'false']);
const summaryQuery = z.strictObject({
  domain: z.string().max(50).optional(),
  tier: z.enum(TIERS).optional(),
  stale: flag.optional(),
  broken: flag.optional(),
});

const JSON_TYPE = 'application/json; charset=utf-8';
// Staleness can begin at any moment: a cache must ask again each time.
const CACHE_CONTROL = 'no-cache, private';

/** Adds the reader's routes to a server. */
export function addReaderRoutes(server: FastifyInstance, deps: ReaderDependencies): void {
  const breaker = new Breaker();
  addSweepRoute(server, deps, breaker);
  server.get<{ Querystring: z.infer<typeof summaryQuery> }>(
    '/repos/doi/summary',
    { schema: { querystring: toSchema(summaryQuery) } },
    async ({ query }, reply) => {
      const { domain, tier } = query;
      const filter = {
        domain,
        tier,
        stale: toBoolean(query.stale),
        broken: toBoolean(query.broken),
      };
      const entries = await breaker.run(() => readSummary(deps, filter));
      return reply.type(JSON_TYPE).header('cache-control', CACHE_CONTROL).send(JSON.stringify(entries));
    },
  );
  server.get('/hosts', { schema: { querystring: toSchema(emptyQuery) } }, async (_, reply) => {
    const hosts = await breaker.run(() => readHosts(deps));
    return reply.type(JSON_TYPE).header('cache-control', CACHE_CONTROL).send(JSON.stringify(hosts));
  });
  server.get<{ Params: SlugParams }>(
    '/repos/:slug/doi',
    { schema: { params: toSchema(slugParams), querystring: toSchema(emptyQuery) } },
    async ({ params }, reply) => {
      const { answer, verifiedAt } = await breaker.run(() => readReport(deps, params.slug));
      return reply
        .type(JSON_TYPE)
        .header('cache-control', CACHE_CONTROL)
        .header('doi-verified-at', verifiedAt)
        .send(JSON.stringify(answer));
    },
  );
}

function toBoolean(text: 'true' | 'false' | undefined): boolean | undefined {
  return text === undefined ? undefined : text === 'true';
}
