/** An answer as it goes over HTTP: its bytes, made once, with the tag that names them. */
import { createHash } from 'node:crypto';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';

const zip = promisify(gzip);
/** Below this, in bytes, zipping saves less than it costs. */
const SMALL = 1024;

/** The bytes of an answer in one encoding. */
export interface Encoded {
  readonly bytes: Buffer;
  /** A strong entity tag (RFC 9110, 8.8.3): two encodings of one answer have two. */
  readonly etag: string;
  readonly encoding: 'gzip' | undefined;
}

/** What is known of the bytes already. */
export interface Made {
  readonly etag?: string;
  /** The bytes zipped, by whoever does that; without it, they are zipped here once somebody takes them so. */
  readonly zipped?: Promise<Buffer>;
}

/** The bytes of an answer, as they are and, once somebody takes that, zipped. */
export class Representation {
  readonly plain: Encoded;
  #zipped: Encoded | Promise<Encoded> | undefined;

  constructor(body: string | Buffer, { etag, zipped }: Made = {}) {
    const bytes = typeof body === 'string' ? Buffer.from(body) : body;
    this.plain = { bytes, etag: etag ?? tagOf(bytes), encoding: undefined };
    if (zipped === undefined || this.#isSmall) return;
    this.#zipped = this.#take(zipped);
    // Whoever takes it is told.
    this.#zipped.catch(() => {});
  }

  /**
   * In the encoding that suits who asks: at once where it is there.
   * @param takesGzip whether who asks takes that encoding
   */
  encoded(takesGzip: boolean): Encoded | Promise<Encoded> {
    if (!takesGzip || this.#isSmall) return this.plain;
    this.#zipped ??= this.#take(zip(this.plain.bytes));
    return this.#zipped;
  }

  get #isSmall(): boolean {
    return this.plain.bytes.length < SMALL;
  }

  async #take(zipped: Promise<Buffer>): Promise<Encoded> {
    const bytes = await zipped;
    const made: Encoded = { bytes, etag: `${this.plain.etag.slice(0, -1)}-gzip"`, encoding: 'gzip' };
    this.#zipped = made;
    return made;
  }
}

/** The tag that names bytes. */
export function tagOf(bytes: Uint8Array): string {
  return `"${createHash('sha256').update(bytes).digest('base64url').slice(0, 22)}"`;
}
