/** The route of a repository's badge. */
import type { FastifyInstance } from 'fastify';
import { emptyQuery, type SlugParams, slugParams } from '../api/requests.js';
import type { Breaker } from '../platform/breaker.js';
import { PICTURE_HEADERS } from '../platform/http-headers.js';
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

/** Adds `/repos/:slug/doi/badge.svg`. */
export function addBadgeRoute(
  server: FastifyInstance,
  { memory, breaker, publicBadges }: BadgeRouteDependencies,
): void {
  server.get<{ Params: SlugParams }>(
    '/repos/:slug/doi/badge.svg',
    {
      config: { answerHeaders: PICTURE_HEADERS, ...(publicBadges ? { checkCaller: () => {} } : {}) },
      schema: { params: toSchema(slugParams), querystring: toSchema(emptyQuery) },
    },
    async (request, reply) => {
      const report = await breaker.run(() => memory.get(request.params.slug));
      const representation = new Representation(drawBadge(report.answer, report.verifiedAt));
      return sendRepresentation(request, reply, { ...report, representation, type: 'image/svg+xml' });
    },
  );
}
