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
  readonly zipped?: Buffer;
}

/** The bytes of an answer, as they are and, once somebody takes that, zipped. */
export class Representation {
  readonly plain: Encoded;
  #zipped: Promise<Encoded> | undefined;

  constructor(body: string | Buffer, { etag, zipped }: Made = {}) {
    const bytes = typeof body === 'string' ? Buffer.from(body) : body;
    this.plain = { bytes, etag: etag ?? tagOf(bytes), encoding: undefined };
    if (zipped !== undefined) this.#zipped = Promise.resolve(this.#toEncoded(zipped));
  }

  /** @param takesGzip whether who asks takes that encoding */
  async encoded(takesGzip: boolean): Promise<Encoded> {
    if (!takesGzip || this.plain.bytes.length < SMALL) return this.plain;
    this.#zipped ??= zip(this.plain.bytes).then((bytes) => this.#toEncoded(bytes));
    return this.#zipped;
  }

  #toEncoded(bytes: Buffer): Encoded {
    return { bytes, etag: `${this.plain.etag.slice(0, -1)}-gzip"`, encoding: 'gzip' };
  }
}

/** The tag that names bytes. */
export function tagOf(bytes: Uint8Array): string {
  return `"${createHash('sha256').update(bytes).digest('base64url').slice(0, 22)}"`;
}
