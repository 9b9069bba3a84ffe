/** The route `/repos/doi/summary`: filtered, in pages, with chosen fields, and as CSV. */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import LinkHeader from 'http-link-header';
import Negotiator from 'negotiator';
import { type SummaryQuery, summaryQuery, toSchema } from '../../api/queries.js';
import { SUMMARY_FIELDS, type SummaryField } from '../../api/summary.js';
import { parseCursor } from '../../api/summary-cursor.js';
import { DoiError } from '../../domain/errors.js';
import { memoizedNegotiation, sendRepresentation } from '../send.js';
import type { BodyQuery } from '../summary/messages.js';
import type { PageQuery } from '../summary/pages.js';
import type { PreparedSummary, SentSummary } from '../summary/prepared-summary.js';

/** RFC 4180; the first line names the columns. */
const CSV_TYPE = 'text/csv; charset=utf-8; header=present';
const JSON_FORM = { vary: 'accept, accept-encoding' };
const CSV = { ...JSON_FORM, type: CSV_TYPE };
const takesCsv = memoizedNegotiation('accept', (headers) => {
  return new Negotiator({ headers }).mediaType(['application/json', 'text/csv']) === 'text/csv';
});

export interface SummaryRouteDeps {
  readonly summary: PreparedSummary;
  /** Where clients reach the service; `/` where that is not known. */
  readonly publicUrl: string;
}

type SummaryRequest = FastifyRequest<{ Querystring: SummaryQuery }>;

/** Adds `/repos/doi/summary`. It builds a body only for a part that no client has requested since the last change. */
export function addSummaryRoute(server: FastifyInstance, { summary, publicUrl }: SummaryRouteDeps): void {
  const address = `${publicUrl === '/' ? '' : publicUrl}/repos/doi/summary`;
  const send = (request: SummaryRequest, reply: FastifyReply, sent: SentSummary) => {
    if (sent.next !== undefined)
      reply.header('link', linkTo(address, { ...request.query, cursor: sent.next }));
    return sendRepresentation(request, reply, { ...sent, ...(takesCsv(request) ? CSV : JSON_FORM) });
  };
  server.get<{ Querystring: SummaryQuery }>(
    '/repos/doi/summary',
    { schema: { querystring: toSchema(summaryQuery) } },
    (request, reply) => {
      const sent = summary.get(queryOf(request.query, takesCsv(request)));
      if (sent instanceof Promise) return sent.then((ready) => send(request, reply, ready));
      return send(request, reply, sent);
    },
  );
}

function queryOf({ domain, tier, stale, broken, ...rest }: SummaryQuery, isCsv: boolean): BodyQuery {
  const filter = { domain, tier, stale: toBoolean(stale), broken: toBoolean(broken) };
  const { limit, cursor, fields } = rest;
  return {
    filter,
    ...(isCsv ? { format: 'csv' } : {}),
    ...(limit === undefined && cursor === undefined ? {} : { page: pageOf(limit, cursor) }),
    ...(fields === undefined ? {} : { fields: fieldsOf(fields) }),
  };
}

function toBoolean(text: 'true' | 'false' | undefined): boolean | undefined {
  return text === undefined ? undefined : text === 'true';
}

/** @throws {DoiError} `bad_request` where the cursor is none of ours */
function pageOf(limit: string | undefined, cursor: string | undefined): PageQuery {
  const after = cursor === undefined ? undefined : parseCursor(cursor);
  if (cursor !== undefined && after === undefined) {
    const remedy = 'Follow the Link header with rel="next", or begin without a cursor.';
    throw new DoiError('bad_request', 'The cursor is none that this address has sent.', remedy);
  }
  return { after, limit: limit === undefined ? undefined : Number(limit) };
}

/** The fields, each once, in the order of an entry. @throws {DoiError} `bad_request` for an unknown one */
function fieldsOf(text: string): SummaryField[] {
  const wanted = new Set(text.split(','));
  const known = SUMMARY_FIELDS.filter((field) => wanted.delete(field));
  const [unknown] = wanted;
  if (unknown === undefined) return known;
  const found = `An entry of the summary has no field "${unknown}".`;
  throw new DoiError(
    'bad_request',
    found,
    `Separate names by commas, of these: ${SUMMARY_FIELDS.join(', ')}.`,
  );
}

/** The value of `Link` (RFC 8288) for the next page. */
function linkTo(address: string, query: SummaryQuery): string {
  const next = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) if (value !== undefined) next.set(name, value);
  return new LinkHeader().set({ rel: 'next', uri: `${address}?${next}` }).toString();
}
