/** Step 7 of a read: sends an answer with `no-cache` and an ETag, or 304 if the client already has it. */
import type { FastifyReply, FastifyRequest } from 'fastify';
import fresh from 'fresh';
import Negotiator from 'negotiator';
import type { StaleCode } from '../domain/freshness.js';
import { type Encoded, Representation } from './representation.js';

export interface Sent {
  readonly representation: Representation;
  /** Of an answer that says whether it is stale: when the oldest probe used began (ISO 8601), and whether it was cached. */
  readonly verifiedAt?: string;
  readonly isHit?: boolean;
  /** What is left of the freshness of a report; not of the summary, whose entries differ in that. */
  readonly left?: FreshnessLeft;
  /** The media type; JSON without it. */
  readonly type?: string;
  /** The headers that the answer depends on; `accept-encoding` without it. */
  readonly vary?: string;
  /** Instead of {@link CACHE_CONTROL}. */
  readonly cacheControl?: string;
}

export interface FreshnessLeft {
  /** In whole seconds; negative where the report is stale, undefined where it never held. */
  readonly ttl: number | undefined;
  /** The same in milliseconds; undefined where the report is stale. */
  readonly ttlMs: number | undefined;
  /** The whole freshness bound, in milliseconds. */
  readonly boundMs: number;
  /** Why it is stale; empty where it is fresh. */
  readonly codes: readonly StaleCode[];
}

export const JSON_TYPE = 'application/json; charset=utf-8';

/** The values of `Cache-Status` (RFC 9211) without parameters. */
const HIT = 'doi-worker; hit';
const MISS = 'doi-worker; fwd=miss';

/** `Cache-Status`; codes of stale reasons are words without quotes, so that they can stand in a string (RFC 8941, 3.3.3). */
function cacheStatus(isHit: boolean | undefined, left: FreshnessLeft | undefined): string {
  const found = isHit ? HIT : MISS;
  if (left === undefined) return found;
  const exact = left.ttlMs === undefined ? '' : `; doi-ttl-ms=${left.ttlMs}; doi-bound-ms=${left.boundMs}`;
  const ttl = left.ttl === undefined ? '' : `; ttl=${left.ttl}${exact}`;
  return left.codes.length === 0 ? `${found}${ttl}` : `${found}${ttl}; detail="${left.codes.join(' ')}"`;
}
/** Staleness can begin at any moment, so a cache must revalidate each time. */
export const CACHE_CONTROL = 'no-cache, private';

const acceptsGzip = memoizedNegotiation('accept-encoding', (headers) => {
  return new Negotiator({ headers }).encoding(['gzip', 'identity']) === 'gzip';
});

/**
 * Sends an answer, or 304 if the client already has it (RFC 9110, 13.1.2). Bytes that are ready are sent without a promise,
 * because waiting for one costs as much as all the rest.
 */
export function sendRepresentation(
  request: FastifyRequest,
  reply: FastifyReply,
  sent: Sent,
): FastifyReply | Promise<FastifyReply> {
  const encoded = sent.representation.encoded(acceptsGzip(request));
  if (encoded instanceof Promise)
    return encoded.then((ready) => send({ request, reply, sent, encoded: ready }));
  return send({ request, reply, sent, encoded });
}

interface Sending {
  readonly request: FastifyRequest;
  readonly reply: FastifyReply;
  readonly sent: Sent;
  readonly encoded: Encoded;
}

function send({ request, reply, sent, encoded: { bytes, etag, encoding } }: Sending): FastifyReply {
  const {
    isHit,
    verifiedAt,
    left,
    type = JSON_TYPE,
    vary = 'accept-encoding',
    cacheControl = CACHE_CONTROL,
  } = sent;
  reply.headers({ 'cache-control': cacheControl, etag, vary });
  if (verifiedAt !== undefined)
    reply.headers({ 'cache-status': cacheStatus(isHit, left), 'doi-verified-at': verifiedAt });
  // `no-cache` of the request demands validation (RFC 9111, 5.2.1.4), which happens here. Browsers send it with each request
  // of a script that names a tag. Its `max-age` was served before (`timely-reports.ts`).
  const named = request.headers['if-none-match'];
  if (named !== undefined && fresh({ 'if-none-match': named }, { etag })) return reply.code(304).send();
  if (encoding !== undefined) reply.header('content-encoding', encoding);
  return reply.type(type).send(bytes);
}

/** Sends JSON that does not say whether it is stale. */
export function sendJson(
  request: FastifyRequest,
  reply: FastifyReply,
  answer: unknown,
): FastifyReply | Promise<FastifyReply> {
  return sendRepresentation(request, reply, { representation: new Representation(JSON.stringify(answer)) });
}

/** How many texts of a header are kept. */
const MOST_TEXTS = 100;

/**
 * Makes a function that says what a client prefers by a header. Almost all clients send one of a few texts, so each text is
 * parsed once.
 * @param name of the header, in lower case
 * @param read decides by that header alone; false where the header is missing
 */
export function memoizedNegotiation(
  name: string,
  read: (headers: Readonly<Record<string, string>>) => boolean,
): (request: FastifyRequest) => boolean {
  const known = new Map<string, boolean>();
  return ({ headers }) => {
    const header = headers[name];
    if (header === undefined) return false;
    const text = String(header);
    const before = known.get(text);
    if (before !== undefined) return before;
    const preferred = read({ [name]: text });
    if (known.size >= MOST_TEXTS) known.clear();
    known.set(text, preferred);
    return preferred;
  };
}
