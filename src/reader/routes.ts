/** The reader's routes: reports, the summary, and the hosts. They never evaluate, and need no Redis. */
import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import { TIERS } from '../domain/tier.js';
import { Breaker } from '../platform/breaker.js';
import { readHosts } from './read-hosts.js';
import { type ReaderDependencies, readReport } from './read-report.js';
import { readSummary } from './read-summary.js';

// The form of a slug as registering makes it; it never becomes part of a path.
const slugParams = z.strictObject({ slug: z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$/) });
const flag = z.enum(['true', 'false']);
const summaryQuery = z.strictObject({
  domain: z.string().max(50).optional(),
  tier: z.enum(TIERS).optional(),
  stale: flag.optional(),
  broken: flag.optional(),
});

const NO_QUERY = toSchema(z.strictObject({}));

const JSON_TYPE = 'application/json; charset=utf-8';
// Staleness can begin at any moment: a cache must ask again each time.
const CACHE_CONTROL = 'no-cache, private';

/** Adds the reader's routes to a server. */
export function addReaderRoutes(server: FastifyInstance, deps: ReaderDependencies): void {
  const breaker = new Breaker();
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
  server.get('/hosts', { schema: { querystring: NO_QUERY } }, async (_, reply) => {
    const hosts = await breaker.run(() => readHosts(deps));
    return reply.type(JSON_TYPE).header('cache-control', CACHE_CONTROL).send(JSON.stringify(hosts));
  });
  server.get<{ Params: z.infer<typeof slugParams> }>(
    '/repos/:slug/doi',
    { schema: { params: toSchema(slugParams), querystring: NO_QUERY } },
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

function toSchema(schema: z.ZodType): object {
  // Fastify's validator takes draft 7.
  return z.toJSONSchema(schema, { target: 'draft-7' });
}
