/** Collects one stream of a program up to a limit; beyond it only the head and the tail are kept. */
import type { Readable } from 'node:stream';

/** What a program printed. Where it is not truncated `head` is all of it and `tail` is empty. */
export interface Output {
  readonly head: string;
  readonly tail: string;
  readonly truncated: boolean;
}

// Enough to see what a flood is made of.
const KEPT = 64 * 1024;

export class OutputCollector {
  readonly #maxBytes: number;
  readonly #chunks: Buffer[] = [];
  #bytes = 0;
  #tail = Buffer.alloc(0);

  /** @param onOver is called once, when there is more than `maxBytes` */
  constructor(stream: Readable, maxBytes: number, onOver: () => void) {
    this.#maxBytes = maxBytes;
    stream.on('data', (chunk: Buffer) => this.#add(chunk, onOver));
  }

  read(): Output {
    const head = Buffer.concat(this.#chunks).toString('utf8');
    return { head, tail: this.#tail.toString('utf8'), truncated: this.#bytes > this.#maxBytes };
  }

  #add(chunk: Buffer, onOver: () => void): void {
    const wasOver = this.#bytes > this.#maxBytes;
    this.#bytes += chunk.length;
    if (wasOver) this.#tail = keepTail(this.#tail, chunk);
    else this.#chunks.push(chunk);
    if (wasOver || this.#bytes <= this.#maxBytes) return;
    const all = Buffer.concat(this.#chunks);
    this.#tail = keepTail(Buffer.alloc(0), all.subarray(Math.min(KEPT, all.length)));
    this.#chunks.splice(0, this.#chunks.length, Buffer.from(all.subarray(0, KEPT)));
    onOver();
  }
}

function keepTail(tail: Buffer, chunk: Buffer): Buffer<ArrayBuffer> {
  return Buffer.concat([tail, chunk.subarray(-KEPT)]).subarray(-KEPT);
}
