/** The route of the summary of all repositories, and of parts of it. */
import type { FastifyInstance } from 'fastify';
import Negotiator from 'negotiator';
import { type SummaryQuery, summaryQuery } from '../api/requests.js';
import { toSchema } from '../platform/http-schema.js';
import type { FleetSummary } from './fleet/fleet-summary.js';
import { preference } from './preference.js';
import { sendRepresentation } from './send.js';

/** RFC 4180; the first line has the names of the columns. */
const CSV_TYPE = 'text/csv; charset=utf-8; header=present';
const vary = 'accept, accept-encoding';
const takesCsv = preference('accept', (headers) => {
  return new Negotiator({ headers }).mediaType(['application/json', 'text/csv']) === 'text/csv';
});

/** Adds `/repos/doi/summary`. Nothing is read or built for a request, but for a part that nobody has asked for yet. */
export function addSummaryRoute(server: FastifyInstance, { fleet }: { fleet: FleetSummary }): void {
  server.get<{ Querystring: SummaryQuery }>(
    '/repos/doi/summary',
    { schema: { querystring: toSchema(summaryQuery) } },
    async (request, reply) => {
      const { domain, tier, stale, broken } = request.query;
      const filter = { domain, tier, stale: toBoolean(stale), broken: toBoolean(broken) };
      if (!takesCsv(request))
        return sendRepresentation(request, reply, { ...(await fleet.get({ filter })), vary });
      const sent = await fleet.get({ filter, format: 'csv' });
      return sendRepresentation(request, reply, { ...sent, vary, type: CSV_TYPE });
    },
  );
}

function toBoolean(text: 'true' | 'false' | undefined): boolean | undefined {
  return text === undefined ? undefined : text === 'true';
}
