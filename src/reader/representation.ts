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

/** The bytes of an answer, as they are and, once somebody takes that, zipped. */
export class Representation {
  readonly plain: Encoded;
  #zipped: Promise<Encoded> | undefined;

  constructor(body: string) {
    const bytes = Buffer.from(body);
    this.plain = { bytes, etag: `"${digest(bytes)}"`, encoding: undefined };
  }

  /** @param takesGzip whether who asks takes that encoding */
  async encoded(takesGzip: boolean): Promise<Encoded> {
    if (!takesGzip || this.plain.bytes.length < SMALL) return this.plain;
    this.#zipped ??= this.#zip();
    return this.#zipped;
  }

  async #zip(): Promise<Encoded> {
    const { bytes, etag } = this.plain;
    return { bytes: await zip(bytes), etag: `${etag.slice(0, -1)}-gzip"`, encoding: 'gzip' };
  }
}

function digest(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('base64url').slice(0, 22);
}
