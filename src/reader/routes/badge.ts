/** The route `/repos/:slug/doi/badge.svg`: a repository's tier as a small picture. */

import { makeBadge } from 'badge-maker';
import type { FastifyInstance } from 'fastify';
import { emptyQuery, type SlugParams, slugParams, toSchema } from '../../api/queries.js';
import type { ReportAnswer } from '../../api/report.js';
import { DoiError } from '../../domain/errors.js';
import type { BoundLimits } from '../../domain/freshness-bound.js';
import type { Tier } from '../../domain/tier.js';
import type { CircuitBreaker } from '../../platform/circuit-breaker.js';
import { PICTURE_HEADERS, PUBLIC_PICTURE_HEADERS } from '../../platform/http/headers.js';
import { freshnessLeft } from '../freshness-left.js';
import type { ReportCache } from '../report-cache.js';
import { Representation } from '../representation.js';
import { sendRepresentation } from '../send.js';

export interface BadgeRouteDeps extends BoundLimits {
  readonly cache: ReportCache;
  readonly breaker: CircuitBreaker;
  /** Whether any client gets a badge, under any `Host` and without a token. */
  readonly publicBadges: boolean;
}

/** Adds `/repos/:slug/doi/badge.svg`. */
export function addBadgeRoute(server: FastifyInstance, deps: BadgeRouteDeps): void {
  const { cache, breaker, publicBadges } = deps;
  server.get<{ Params: SlugParams }>(
    '/repos/:slug/doi/badge.svg',
    {
      config: publicBadges
        ? { answerHeaders: PUBLIC_PICTURE_HEADERS, checkCaller: () => {} }
        : { answerHeaders: PICTURE_HEADERS },
      schema: { params: toSchema(slugParams), querystring: toSchema(emptyQuery) },
    },
    async (request, reply) => {
      const reading = breaker.run(() => cache.get(request.params.slug));
      const report = await (publicBadges ? reading.catch(withoutDetails) : reading);
      const representation = new Representation(drawBadge(report.answer, report.verifiedAt));
      const left = freshnessLeft(report, deps, cache.now());
      return sendRepresentation(request, reply, { ...report, left, representation, type: 'image/svg+xml' });
    },
  );
}

/** A client that may only see badges learns neither the names of other repositories nor what broke. */
function withoutDetails(error: unknown): never {
  const remedy = 'The address of its report, with DOI_READ_TOKEN, has the details.';
  if (!(error instanceof DoiError)) throw error;
  const found =
    error.code === 'unknown_repository' ? 'There is no such badge.' : 'The badge cannot be read now.';
  throw new DoiError(error.code, found, remedy, { cause: error });
}

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
 * Draws the badge as SVG: the tier in its colour, or grey with the age of the verdicts where they are stale. It holds
 * nothing of the repository but the tier, so that no name can make it active.
 * @param at when the report was compared, in ISO 8601
 */
export function drawBadge(
  { tier, stale, checked_at: checkedAt }: Pick<ReportAnswer, 'tier' | 'stale' | 'checked_at'>,
  at: string,
): string {
  if (checkedAt === null) return makeBadge({ label: LABEL, message: 'not evaluated', color: GREY });
  if (!stale) return makeBadge({ label: LABEL, message: tier, color: COLOURS[tier] });
  // In whole days, so that the badge and its tag change at most once a day.
  const days = Math.floor((Date.parse(at) - Date.parse(checkedAt)) / DAY);
  return makeBadge({
    label: LABEL,
    message: `${tier}, ${days < 1 ? 'under 1 d' : `${days} d`} old`,
    color: GREY,
  });
}
