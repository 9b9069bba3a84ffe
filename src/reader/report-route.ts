/** The route of one repository's report, and of having it judged anew first. */
import type { FastifyInstance, FastifyReply } from 'fastify';
import { type ReportQuery, reportQuery, type SlugParams, slugParams, toSchema } from '../api/queries.js';
import { DoiError } from '../domain/errors.js';
import type { CircuitBreaker } from '../platform/circuit-breaker.js';
import { ForceRefresh, type Refreshing } from './force-refresh.js';
import type { ReportCache } from './report-cache.js';
import { sendRepresentation } from './send.js';

/** How long is waited without a word about it, in seconds. */
const WAIT = '10';

export interface ReportRouteDependencies {
  readonly memory: ReportCache;
  readonly breaker: CircuitBreaker;
  readonly refreshing: Refreshing;
}

/** Adds `/repos/:slug/doi`. */
export function addReportRoute(
  server: FastifyInstance,
  { memory, breaker, refreshing }: ReportRouteDependencies,
): void {
  const force = new ForceRefresh(refreshing);
  server.addHook('preClose', async () => force.stop());
  server.get<{ Params: SlugParams; Querystring: ReportQuery }>(
    '/repos/:slug/doi',
    {
      schema: { params: toSchema(slugParams), querystring: toSchema(reportQuery) },
      config: {
        checkCaller: (request, checkReader) =>
          isForced(request.query as ReportQuery) ? refreshing.checkAsker(request) : checkReader(),
      },
    },
    async (request, reply) => {
      const { slug } = request.params;
      if (!isForced(request.query)) {
        refuseWait(request.query);
        return sendRepresentation(request, reply, await breaker.run(() => memory.get(slug)));
      }
      // It changes something, which a HEAD never does.
      if (request.method === 'HEAD')
        throw new DoiError('bad_request', 'A HEAD has nothing judged.', 'Ask with GET.');
      const waitMs = Number(request.query.wait ?? WAIT) * 1000;
      // Not by the breaker, which would give up on all readers where one statement is slow.
      const hasEnded = await force.run(slug, waitMs, goneSignal(reply));
      const { answer, verifiedAt } = await breaker.run(() => memory.get(slug));
      reply
        .code(hasEnded ? 200 : 202)
        .headers({ 'cache-control': 'no-store', 'doi-verified-at': verifiedAt });
      return reply.type('application/json; charset=utf-8').send(JSON.stringify(answer));
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
