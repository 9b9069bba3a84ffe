/** The bytes of an HTTP answer, plain and zipped, made once, each with its entity tag. */
import { createHash } from 'node:crypto';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';

const zip = promisify(gzip);
/** Below this size, in bytes, zipping saves less than it costs. */
const SMALL = 1024;

/** The bytes of an answer in one encoding. */
export interface Encoded {
  readonly bytes: Buffer;
  /** A strong entity tag (RFC 9110, 8.8.3), so two encodings of one answer have different ones. */
  readonly etag: string;
  readonly encoding: 'gzip' | undefined;
}

/** What the caller has made already. */
export interface RepresentationOptions {
  readonly etag?: string;
  /** The zipped bytes; without them, the first client that accepts gzip makes this process zip. */
  readonly zipped?: Promise<Buffer>;
}

export class Representation {
  readonly plain: Encoded;
  #zipped: Encoded | Promise<Encoded> | undefined;

  constructor(body: string | Buffer, { etag, zipped }: RepresentationOptions = {}) {
    const bytes = typeof body === 'string' ? Buffer.from(body) : body;
    this.plain = { bytes, etag: etag ?? tagOf(bytes), encoding: undefined };
    if (zipped === undefined || this.#isSmall) return;
    this.#zipped = this.#take(zipped);
    // Not handled here: `encoded` returns the same promise, and its caller gets the error.
    this.#zipped.catch(() => {});
  }

  /** The best encoding for the client; without a promise where its bytes are ready. */
  encoded(acceptsGzip: boolean): Encoded | Promise<Encoded> {
    if (!acceptsGzip || this.#isSmall) return this.plain;
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
