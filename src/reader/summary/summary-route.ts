/** The route of the summary of all repositories, and of parts of it. */
import type { FastifyInstance } from 'fastify';
import Negotiator from 'negotiator';
import { type SummaryQuery, summaryQuery, toSchema } from '../../api/queries.js';
import { memoizedNegotiation, sendRepresentation } from '../send.js';
import type { FleetQuery } from './messages.js';
import type { FleetSummary } from './prepared-summary.js';

/** RFC 4180; the first line has the names of the columns. */
const CSV_TYPE = 'text/csv; charset=utf-8; header=present';
const JSON_FORM = { vary: 'accept, accept-encoding' };
const CSV = { ...JSON_FORM, type: CSV_TYPE };
const takesCsv = memoizedNegotiation('accept', (headers) => {
  return new Negotiator({ headers }).mediaType(['application/json', 'text/csv']) === 'text/csv';
});

/** Adds `/repos/doi/summary`. Nothing is read or built for a request, but for a part that nobody has asked for yet. */
export function addSummaryRoute(server: FastifyInstance, { fleet }: { fleet: FleetSummary }): void {
  server.get<{ Querystring: SummaryQuery }>(
    '/repos/doi/summary',
    { schema: { querystring: toSchema(summaryQuery) } },
    (request, reply) => {
      const isCsv = takesCsv(request);
      const sent = fleet.get(queryOf(request.query, isCsv));
      const form = isCsv ? CSV : JSON_FORM;
      if (sent instanceof Promise)
        return sent.then((ready) => sendRepresentation(request, reply, { ...ready, ...form }));
      return sendRepresentation(request, reply, { ...sent, ...form });
    },
  );
}

function queryOf({ domain, tier, stale, broken }: SummaryQuery, isCsv: boolean): FleetQuery {
  const filter = { domain, tier, stale: toBoolean(stale), broken: toBoolean(broken) };
  return isCsv ? { filter, format: 'csv' } : { filter };
}

function toBoolean(text: 'true' | 'false' | undefined): boolean | undefined {
  return text === undefined ? undefined : text === 'true';
}
