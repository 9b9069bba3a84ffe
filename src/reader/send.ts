/** Sends an answer that carries staleness: never kept unasked, and not sent again to who has it. */
import type { FastifyReply, FastifyRequest } from 'fastify';
import fresh from 'fresh';
import Negotiator from 'negotiator';
import type { Representation } from './representation.js';

export interface Sent {
  readonly representation: Representation;
  /** When the oldest probe used began, in ISO 8601. */
  readonly verifiedAt: string;
  /** Whether it is from memory. */
  readonly isHit: boolean;
}

/** The cache that speaks in `Cache-Status` (RFC 9211). */
const CACHE = 'doi-worker';
/** Staleness can begin at any moment: a cache must ask again each time. */
export const CACHE_CONTROL = 'no-cache, private';

/** Sends it, or 304 where the one who asks has it (RFC 9110, 13.1.2). */
export async function sendRepresentation(
  request: FastifyRequest,
  reply: FastifyReply,
  { representation, verifiedAt, isHit }: Sent,
): Promise<FastifyReply> {
  const { bytes, etag, encoding } = await representation.encoded(takesGzip(request));
  reply.headers({
    'cache-control': CACHE_CONTROL,
    'cache-status': isHit ? `${CACHE}; hit` : `${CACHE}; fwd=miss`,
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
  return (
    new Negotiator({ headers: { 'accept-encoding': String(accepted) } }).encoding(['gzip', 'identity']) ===
    'gzip'
  );
}
