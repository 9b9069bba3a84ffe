/** The route of a repository's badge. */

import { makeBadge } from 'badge-maker';
import type { FastifyInstance } from 'fastify';
import { emptyQuery, type SlugParams, slugParams, toSchema } from '../api/queries.js';
import type { ReportAnswer } from '../api/report.js';
import { DoiError } from '../domain/errors.js';
import type { Tier } from '../domain/tier.js';
import type { CircuitBreaker } from '../platform/circuit-breaker.js';
import { PICTURE_HEADERS, PUBLIC_PICTURE_HEADERS } from '../platform/http/headers.js';
import type { ReportCache } from './report-cache.js';
import { Representation } from './representation.js';
import { sendRepresentation } from './send.js';

export interface BadgeRouteDependencies {
  readonly memory: ReportCache;
  readonly breaker: CircuitBreaker;
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

/* The badge of a repository: its tier as a small picture. */

const LABEL = 'DoI';
const COLOURS: Readonly<Record<Tier, string>> = {
  none: 'red',
  core: 'orange',
  standard: 'yellowgreen',
  full: 'brightgreen',
};
const GREY = '#9f9f9f';

const DAY = 86_400_000;

/**
 * Draws it, as SVG: the tier in its colour; grey, with the age of the verdicts, where they may not hold any more. Nothing
 * of the repository is in it but the tier, so that it is inert whatever the repository is called.
 * @param at when it was compared, in ISO 8601
 */
export function drawBadge(
  { tier, stale, checked_at: checkedAt }: Pick<ReportAnswer, 'tier' | 'stale' | 'checked_at'>,
  at: string,
): string {
  if (checkedAt === null) return makeBadge({ label: LABEL, message: 'not evaluated', color: GREY });
  if (!stale) return makeBadge({ label: LABEL, message: tier, color: COLOURS[tier] });
  // In whole days: it is another badge, with another tag, once a day at most.
  const days = Math.floor((Date.parse(at) - Date.parse(checkedAt)) / DAY);
  return makeBadge({
    label: LABEL,
    message: `${tier}, ${days < 1 ? 'under 1 d' : `${days} d`} old`,
    color: GREY,
  });
}
