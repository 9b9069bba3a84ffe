/** Sends an answer that carries staleness: never kept unasked, and not sent again to who has it. */
import type { FastifyReply, FastifyRequest } from 'fastify';
import fresh from 'fresh';
import Negotiator from 'negotiator';
import type { Encoded, Representation } from './representation.js';

export interface Sent {
  readonly representation: Representation;
  /** When the oldest probe used began, in ISO 8601. */
  readonly verifiedAt: string;
  /** Whether it is from memory. */
  readonly isHit: boolean;
}

/** What the cache says of itself in `Cache-Status` (RFC 9211). */
const HIT = 'doi-worker; hit';
const MISS = 'doi-worker; fwd=miss';
/** Staleness can begin at any moment: a cache must ask again each time. */
export const CACHE_CONTROL = 'no-cache, private';

/** What is taken by whom was said in one of a few ways by almost all who ask: each is read once. */
const takes = new Map<string, boolean>();
const MOST_WAYS = 100;

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
  if (encoded instanceof Promise) return encoded.then((ready) => send(request, reply, { ...sent, ...ready }));
  return send(request, reply, { ...sent, ...encoded });
}

function send(
  request: FastifyRequest,
  reply: FastifyReply,
  { bytes, etag, encoding, isHit, verifiedAt }: Sent & Encoded,
): FastifyReply {
  reply.headers({
    'cache-control': CACHE_CONTROL,
    'cache-status': isHit ? HIT : MISS,
    'doi-verified-at': verifiedAt,
    etag,
    vary: 'accept-encoding',
  });
  if (fresh(request.headers, { etag })) return reply.code(304).send();
  if (encoding !== undefined) reply.header('content-encoding', encoding);
  return reply.type('application/json; charset=utf-8').send(bytes);
}

function takesGzip({ headers }: FastifyRequest): boolean {
  const accepted = headers['accept-encoding'];
  if (accepted === undefined) return false;
  const way = String(accepted);
  const known = takes.get(way);
  if (known !== undefined) return known;
  const preferred = new Negotiator({ headers: { 'accept-encoding': way } }).encoding(['gzip', 'identity']);
  if (takes.size >= MOST_WAYS) takes.clear();
  takes.set(way, preferred === 'gzip');
  return preferred === 'gzip';
}
