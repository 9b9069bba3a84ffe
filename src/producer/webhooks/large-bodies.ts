/** Bounds the memory that large deliveries take together: each is held whole before its proof can be looked at. */
import type { FastifyReply, FastifyRequest } from 'fastify';

/** What any other route takes as well; nearly all deliveries are smaller. */
const SMALL = 64 * 1024;
/** Of all large ones that are held at once. */
const MOST = 128 * 1024 * 1024;

/** Counts large bodies by the length that they announce, from before they are read until they are answered. */
export class LargeBodies {
  readonly #limit: number;
  #held = 0;

  /** @param limit how long one body may be; one that does not say how long it is counts as so long */
  constructor(limit: number) {
    this.#limit = limit;
  }

  /** @throws an error with the status 413 where there are too many: it says to come again */
  hold({ headers }: FastifyRequest, reply: FastifyReply): void {
    const told = headers['content-length'];
    const size = told === undefined ? this.#limit : Number(told);
    // What is longer than may be is refused before anything of it is read.
    if (size <= SMALL || size > this.#limit) return;
    if (this.#held + size > MOST) {
      reply.header('retry-after', '1');
      const message = 'Too many large deliveries are being taken at this moment.';
      throw Object.assign(new Error(message), { statusCode: 413 });
    }
    this.#held += size;
    reply.raw.once('close', () => {
      this.#held -= size;
    });
  }
}
