/** The route `/repos/:slug/doi`, step 1 of a read: the report, with `force_refresh` after an evaluation. */
import type { FastifyInstance, FastifyReply } from 'fastify';
import { type ReportQuery, reportQuery, type SlugParams, slugParams, toSchema } from '../../api/queries.js';
import { DoiError } from '../../domain/errors.js';
import type { CircuitBreaker } from '../../platform/circuit-breaker.js';
import { ForceRefresh, type RefreshActions } from '../force-refresh.js';
import type { ReportCache } from '../report-cache.js';
import { JSON_TYPE, sendRepresentation } from '../send.js';

/** How long a forced read waits by default, in seconds. */
const WAIT = '10';

export interface ReportRouteDeps {
  readonly cache: ReportCache;
  readonly breaker: CircuitBreaker;
  readonly refreshing: RefreshActions;
}

/** Adds `/repos/:slug/doi`. */
export function addReportRoute(
  server: FastifyInstance,
  { cache, breaker, refreshing }: ReportRouteDeps,
): void {
  const force = new ForceRefresh(refreshing);
  server.addHook('preClose', async () => force.stop());
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
        refuseWait(request.query);
        return sendRepresentation(request, reply, await breaker.run(() => cache.get(slug)));
      }
      // A HEAD must change nothing, and this requests an evaluation.
      if (request.method === 'HEAD')
        throw new DoiError('bad_request', 'A HEAD requests no evaluation.', 'Use GET.');
      const waitMs = Number(request.query.wait ?? WAIT) * 1000;
      // Not within the circuit breaker: one slow statement here would make it refuse all reads.
      const hasEnded = await force.run(slug, waitMs, goneSignal(reply));
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

function refuseWait({ wait }: ReportQuery): void {
  if (wait === undefined) return;
  const found = 'Nothing is waited for without force_refresh=true.';
  throw new DoiError('bad_request', found, 'Leave `wait` out, or ask with force_refresh=true.');
}

/** Aborted when the connection ends before the answer does. */
function goneSignal({ raw }: FastifyReply): AbortSignal {
  const gone = new AbortController();
  raw.once('close', () => gone.abort());
  return gone.signal;
}
