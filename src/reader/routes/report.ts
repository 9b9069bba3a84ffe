/** The route `/repos/:slug/doi`, step 1 of a read: the report, verified as recently as wanted, or after an evaluation. */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { type ReportQuery, reportQuery, type SlugParams, slugParams, toSchema } from '../../api/queries.js';
import { DoiError } from '../../domain/errors.js';
import type { BoundLimits } from '../../domain/freshness-bound.js';
import type { CircuitBreaker } from '../../platform/circuit-breaker.js';
import { systemClock } from '../../platform/clock.js';
import { goneSignal } from '../../platform/http/gone-signal.js';
import { ForceRefresh, type RefreshActions } from '../force-refresh.js';
import { freshnessLeft } from '../freshness-left.js';
import type { ReadOfCache, ReportCache } from '../report-cache.js';
import { type RequestedFreshness, readRequestedFreshness } from '../requested-freshness.js';
import { JSON_TYPE, sendRepresentation } from '../send.js';
import { TimelyReports } from '../timely-reports.js';
import { VerificationWakes } from '../verification-wakes.js';
import type { WaitingPlaces } from '../waiting-places.js';

/** How long a read waits by default for a worker, in seconds. */
const WAIT = '10';

export interface ReportRouteDeps extends BoundLimits {
  readonly cache: ReportCache;
  readonly breaker: CircuitBreaker;
  readonly refreshing: RefreshActions;
  readonly places: WaitingPlaces;
}

type ReportRequest = FastifyRequest<{ Params: SlugParams; Querystring: ReportQuery }>;

/** Adds `/repos/:slug/doi`. */
export function addReportRoute(server: FastifyInstance, deps: ReportRouteDeps): void {
  const { cache, breaker, refreshing, places } = deps;
  server.addHook('preClose', async () => places.stop());
  const force = new ForceRefresh(refreshing, places);
  const clock = systemClock;
  const wakes = new VerificationWakes({ refreshing, clock, stopping: places.stopping });
  const timely = new TimelyReports({ cache, breaker, wakes, places, clock });

  const send = (request: ReportRequest, reply: FastifyReply, report: ReadOfCache) =>
    sendRepresentation(request, reply, { ...report, left: freshnessLeft(report, deps, cache.now()) });

  server.get<{ Params: SlugParams; Querystring: ReportQuery }>(
    '/repos/:slug/doi',
    {
      schema: { params: toSchema(slugParams), querystring: toSchema(reportQuery) },
      config: {
        checkCaller: (request, checkReader) =>
          isForced(request.query as ReportQuery) ? refreshing.checkWriter(request) : checkReader(),
      },
    },
    async (request, reply) => {
      const { slug } = request.params;
      if (!isForced(request.query)) {
        const wanted = readRequestedFreshness(request.headers);
        refuseWait(request.query, wanted);
        const { maxAgeMs } = wanted;
        if (maxAgeMs === undefined) return send(request, reply, await breaker.run(() => cache.get(slug)));
        const mayWake = !wanted.onlyIfCached && request.method !== 'HEAD';
        const wait = { waitMs: waitOf(request.query), gone: goneSignal(reply) };
        return send(request, reply, await timely.get({ slug, maxAgeMs, mayWake, ...wait }));
      }
      // A HEAD must change nothing, and this requests an evaluation.
      if (request.method === 'HEAD')
        throw new DoiError('bad_request', 'A HEAD requests no evaluation.', 'Use GET.');
      // Not within the circuit breaker: one slow statement here would make it refuse all reads.
      const hasEnded = await force.run(slug, { waitMs: waitOf(request.query), gone: goneSignal(reply) });
      const { answer, verifiedAt } = await breaker.run(() => cache.get(slug));
      reply
        .code(hasEnded ? 200 : 202)
        .headers({ 'cache-control': 'no-store', 'doi-verified-at': verifiedAt });
      return reply.type(JSON_TYPE).send(JSON.stringify(answer));
    },
  );
}

function isForced({ force_refresh: forced }: ReportQuery): boolean {
  return forced === 'true';
}

function waitOf({ wait }: ReportQuery): number {
  return Number(wait ?? WAIT) * 1000;
}

function refuseWait({ wait }: ReportQuery, { maxAgeMs, onlyIfCached }: RequestedFreshness): void {
  if (wait === undefined || (maxAgeMs !== undefined && !onlyIfCached)) return;
  const found = 'Nothing is waited for without force_refresh=true or "Cache-Control: max-age".';
  throw new DoiError('bad_request', found, 'Leave `wait` out, or ask with one of these.');
}
