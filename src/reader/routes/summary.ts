/** The route `/repos/doi/summary`, also as CSV and filtered. */
import type { FastifyInstance } from 'fastify';
import Negotiator from 'negotiator';
import { type SummaryQuery, summaryQuery, toSchema } from '../../api/queries.js';
import { memoizedNegotiation, sendRepresentation } from '../send.js';
import type { BodyQuery } from '../summary/messages.js';
import type { PreparedSummary } from '../summary/prepared-summary.js';

/** RFC 4180; the first line names the columns. */
const CSV_TYPE = 'text/csv; charset=utf-8; header=present';
const JSON_FORM = { vary: 'accept, accept-encoding' };
const CSV = { ...JSON_FORM, type: CSV_TYPE };
const takesCsv = memoizedNegotiation('accept', (headers) => {
  return new Negotiator({ headers }).mediaType(['application/json', 'text/csv']) === 'text/csv';
});

/** Adds `/repos/doi/summary`. It builds a body only for a part that no client has requested since the last change. */
export function addSummaryRoute(server: FastifyInstance, { summary }: { summary: PreparedSummary }): void {
  server.get<{ Querystring: SummaryQuery }>(
    '/repos/doi/summary',
    { schema: { querystring: toSchema(summaryQuery) } },
    (request, reply) => {
      const isCsv = takesCsv(request);
      const sent = summary.get(queryOf(request.query, isCsv));
      const form = isCsv ? CSV : JSON_FORM;
      if (sent instanceof Promise)
        return sent.then((ready) => sendRepresentation(request, reply, { ...ready, ...form }));
      return sendRepresentation(request, reply, { ...sent, ...form });
    },
  );
}

function queryOf({ domain, tier, stale, broken }: SummaryQuery, isCsv: boolean): BodyQuery {
  const filter = { domain, tier, stale: toBoolean(stale), broken: toBoolean(broken) };
  return isCsv ? { filter, format: 'csv' } : { filter };
}

function toBoolean(text: 'true' | 'false' | undefined): boolean | undefined {
  return text === undefined ? undefined : text === 'true';
}
