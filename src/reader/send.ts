/** Sends an answer that carries staleness: never kept unasked, and not sent again to who has it. */
import type { FastifyReply, FastifyRequest } from 'fastify';
import fresh from 'fresh';
import Negotiator from 'negotiator';
import type { Encoded, Representation } from './representation.js';

export interface Sent {
  readonly representation: Representation;
  /** Where it carries staleness: when the oldest probe used began, in ISO 8601, and whether it is from memory. */
  readonly verifiedAt?: string;
  readonly isHit?: boolean;
  /** Its media type; JSON without it. */
  readonly type?: string;
  /** By which headers it was chosen; by the encoding without it. */
  readonly vary?: string;
  /** Where it is no answer that a cache must ask for again each time. */
  readonly cacheControl?: string;
}

const JSON_TYPE = 'application/json; charset=utf-8';

/** What the cache says of itself in `Cache-Status` (RFC 9211). */
const HIT = 'doi-worker; hit';
const MISS = 'doi-worker; fwd=miss';
/** Staleness can begin at any moment: a cache must ask again each time. */
export const CACHE_CONTROL = 'no-cache, private';

const takesGzip = memoizedNegotiation('accept-encoding', (headers) => {
  return new Negotiator({ headers }).encoding(['gzip', 'identity']) === 'gzip';
});

/**
 * Sends it, or 304 where the one who asks has it (RFC 9110, 13.1.2). What is there is sent at once, without a promise:
 * a turn of them costs as much as all the rest.
 */
export function sendRepresentation(
  request: FastifyRequest,
  reply: FastifyReply,
  sent: Sent,
): FastifyReply | Promise<FastifyReply> {
  const encoded = sent.representation.encoded(takesGzip(request));
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
    type = JSON_TYPE,
    vary = 'accept-encoding',
    cacheControl = CACHE_CONTROL,
  } = sent;
  reply.headers({ 'cache-control': cacheControl, etag, vary });
  if (verifiedAt !== undefined)
    reply.headers({ 'cache-status': isHit ? HIT : MISS, 'doi-verified-at': verifiedAt });
  // Whatever else it says: `no-cache` asks caches to validate (RFC 9111, 5.2.1.4), which is what happens here. Browsers send
  // it with each request of a script that names a tag.
  const named = request.headers['if-none-match'];
  if (named !== undefined && fresh({ 'if-none-match': named }, { etag })) return reply.code(304).send();
  if (encoding !== undefined) reply.header('content-encoding', encoding);
  return reply.type(type).send(bytes);
}

/* What a client prefers by a header: told in one of a few ways by almost all who ask, so that each way is read once. */

const MOST_WAYS = 100;

/**
 * Makes the reading of a preference.
 * @param name the header's, in lower case
 * @param read tells from that header alone; without it, the preference is false
 */
export function memoizedNegotiation(
  name: string,
  read: (headers: Readonly<Record<string, string>>) => boolean,
): (request: FastifyRequest) => boolean {
  const ways = new Map<string, boolean>();
  return ({ headers }) => {
    const said = headers[name];
    if (said === undefined) return false;
    const way = String(said);
    const known = ways.get(way);
    if (known !== undefined) return known;
    const preferred = read({ [name]: way });
    if (ways.size >= MOST_WAYS) ways.clear();
    ways.set(way, preferred);
    return preferred;
  };
}
