/** The route of a repository's badge. */
import type { FastifyInstance } from 'fastify';
import { emptyQuery, type SlugParams, slugParams } from '../api/requests.js';
import type { Breaker } from '../platform/breaker.js';
import { toSchema } from '../platform/http-schema.js';
import { drawBadge } from './badge.js';
import type { ReportMemory } from './report-memory.js';
import { Representation } from './representation.js';
import { sendRepresentation } from './send.js';

export interface BadgeRouteDependencies {
  readonly memory: ReportMemory;
  readonly breaker: Breaker;
  /** Whether a badge is shown to whoever asks, under any name and without a token. */
  readonly publicBadges: boolean;
}

/** Where it is opened by itself, as a page, it may do nothing; it has no styles but in attributes of its own. */
const POLICY = "default-src 'none'; sandbox";

/** Adds `/repos/:slug/doi/badge.svg`. */
export function addBadgeRoute(
  server: FastifyInstance,
  { memory, breaker, publicBadges }: BadgeRouteDependencies,
): void {
  server.get<{ Params: SlugParams }>(
    '/repos/:slug/doi/badge.svg',
    {
      config: publicBadges ? { checkCaller: () => {} } : {},
      schema: { params: toSchema(slugParams), querystring: toSchema(emptyQuery) },
    },
    async (request, reply) => {
      const report = await breaker.run(() => memory.get(request.params.slug));
      const representation = new Representation(drawBadge(report.answer, report.verifiedAt));
      reply.header('content-security-policy', POLICY);
      // A page of another origin that wants every image to allow that may show it.
      if (publicBadges) reply.header('cross-origin-resource-policy', 'cross-origin');
      return sendRepresentation(request, reply, { ...report, representation, type: 'image/svg+xml' });
    },
  );
}
