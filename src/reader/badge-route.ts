/** The route of a repository's badge. */
import type { FastifyInstance } from 'fastify';
import { emptyQuery, type SlugParams, slugParams } from '../api/requests.js';
import { DoiError } from '../domain/errors.js';
import type { Breaker } from '../platform/breaker.js';
import { PICTURE_HEADERS, PUBLIC_PICTURE_HEADERS } from '../platform/http-headers.js';
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
      config: publicBadges
        ? { answerHeaders: PUBLIC_PICTURE_HEADERS, checkCaller: () => {} }
        : { answerHeaders: PICTURE_HEADERS },
      schema: { params: toSchema(slugParams), querystring: toSchema(emptyQuery) },
    },
    async (request, reply) => {
      const reading = breaker.run(() => memory.get(request.params.slug));
      const report = await (publicBadges ? reading.catch(withoutDetails) : reading);
      const representation = new Representation(drawBadge(report.answer, report.verifiedAt));
      return sendRepresentation(request, reply, { ...report, representation, type: 'image/svg+xml' });
    },
  );
}

/** Whoever may see badges only is given no other repository's name, and nothing of what broke. */
function withoutDetails(error: unknown): never {
  const remedy = 'Whoever may read is told more: send DOI_READ_TOKEN to the address of its report.';
  if (!(error instanceof DoiError)) throw error;
  const found =
    error.code === 'unknown_repository' ? 'There is no such badge.' : 'The badge cannot be read now.';
  throw new DoiError(error.code, found, remedy, { cause: error });
}
