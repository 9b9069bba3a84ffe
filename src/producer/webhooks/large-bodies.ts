/** Limits the memory that large deliveries take together: each is held whole before its proof can be checked. */
import { PassThrough, type Readable } from 'node:stream';
import type { FastifyReply, FastifyRequest } from 'fastify';

/** The body limit of all other routes; nearly all deliveries are smaller. */
const SMALL = 64 * 1024;
/** How many bytes of all large bodies together are held. */
const MOST = 128 * 1024 * 1024;

interface Body {
  size: number;
  /** Ends the delivery with an error and Retry-After; false where the body is complete. */
  readonly refuse: () => boolean;
  /** Stops counting it. */
  readonly release: () => void;
}

/**
 * Counts the received bytes of large bodies, from the first byte until the answer. Where they are too many, it refuses the
 * body that began first and is not complete: a provider sends its delivery at once, so the one that has taken longest is
 * the least likely to be proven. The server's time limit for a request applies to each.
 */
export class LargeBodies {
  readonly #most: number;
  /** In the order in which they began. */
  readonly #bodies = new Set<Body>();
  #held = 0;

  constructor(most = MOST) {
    this.#most = most;
  }

  /** The stream to read the body from in place of the request's own. */
  hold({ headers }: FastifyRequest, reply: FastifyReply, payload: Readable): Readable {
    const announced = headers['content-length'];
    if (announced !== undefined && Number(announced) <= SMALL) return payload;
    const counted = new PassThrough();
    const count = (chunk: Buffer) => {
      body.size += chunk.length;
      this.#held += chunk.length;
      this.#makeRoom();
    };
    const release = () => {
      payload.off('data', count);
      this.#bodies.delete(body);
      this.#held -= body.size;
      body.size = 0;
    };
    const body: Body = { size: 0, release, refuse: () => refuse(payload, counted, reply) };
    this.#bodies.add(body);
    payload.on('data', count);
    payload.once('error', (error) => counted.destroy(error));
    reply.raw.once('close', release);
    return payload.pipe(counted);
  }

  #makeRoom(): void {
    for (const body of this.#bodies) {
      if (this.#held <= this.#most) return;
      if (body.refuse()) body.release();
    }
  }
}

function refuse(payload: Readable, counted: PassThrough, reply: FastifyReply): boolean {
  if (payload.readableEnded || counted.destroyed) return false;
  payload.unpipe(counted);
  // The connection cannot be used again, since the rest of the body stays unread.
  reply.header('retry-after', '1').header('connection', 'close');
  const message = 'Too many large deliveries are being taken at this moment.';
  counted.destroy(Object.assign(new Error(message), { statusCode: 413 }));
  return true;
}
