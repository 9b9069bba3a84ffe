/** A signal for work that is of no use once its client is gone. */
import type { FastifyReply } from 'fastify';

/** Aborted when the connection ends before the answer does. */
export function goneSignal({ raw }: FastifyReply): AbortSignal {
  const gone = new AbortController();
  raw.once('close', () => gone.abort());
  return gone.signal;
}
