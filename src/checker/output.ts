/** Collects one stream of a program up to a limit; beyond it only the head and the tail are kept. */
import type { Readable } from 'node:stream';
import { hideSecrets } from '../domain/hide-secrets.js';
import { cleanText, MAX_TEXT } from '../domain/text.js';

/** A program's output. If it is not truncated, `head` is all of it and `tail` is empty. */
export interface Output {
  readonly head: string;
  readonly tail: string;
  readonly truncated: boolean;
}

// Enough to see what a flood consists of.
const KEPT = 64 * 1024;

export class OutputCollector {
  readonly #maxBytes: number;
  // One buffer that doubles, and not a list: a program that writes byte by byte would cost a hundred times what it prints.
  #kept = Buffer.alloc(0);
  #bytes = 0;
  #tail = Buffer.alloc(0);

  /** @param onOver is called once, when there is more than `maxBytes` */
  constructor(stream: Readable, maxBytes: number, onOver: () => void) {
    this.#maxBytes = maxBytes;
    stream.on('data', (chunk: Buffer) => this.#add(chunk, onOver));
  }

  read(): Output {
    const head = this.#kept.subarray(0, this.#bytes).toString('utf8');
    return { head, tail: this.#tail.toString('utf8'), truncated: this.#bytes > this.#maxBytes };
  }

  #add(chunk: Buffer, onOver: () => void): void {
    const wasOver = this.#bytes > this.#maxBytes;
    if (wasOver) this.#tail = keepTail(this.#tail, chunk);
    else this.#keep(chunk);
    this.#bytes += chunk.length;
    if (wasOver || this.#bytes <= this.#maxBytes) return;
    const all = this.#kept.subarray(0, this.#bytes);
    this.#tail = keepTail(Buffer.alloc(0), all.subarray(KEPT));
    this.#kept = Buffer.from(all.subarray(0, KEPT));
    onOver();
  }

  #keep(chunk: Buffer): void {
    const needed = this.#bytes + chunk.length;
    if (needed > this.#kept.length) {
      const larger = Buffer.alloc(Math.max(needed, 2 * this.#kept.length));
      this.#kept.copy(larger);
      this.#kept = larger;
    }
    chunk.copy(this.#kept, this.#bytes);
  }
}

function keepTail(tail: Buffer, chunk: Buffer): Buffer<ArrayBuffer> {
  return Buffer.concat([tail, chunk.subarray(-KEPT)]).subarray(-KEPT);
}

const EXCERPT = 300;
// More than is kept, so that a cut cannot separate a secret from the text that identifies it; less for each of many texts.
const LOOKED_AT = 16_384;
const MORE = 1_500;

/** A program's text, safe to store and to show: clean, limited in length, and without credentials. */
export function printable(text: string, maxLength: number = MAX_TEXT): string {
  return cleanText(scrub(text.slice(0, maxLength + MORE)), maxLength);
}

/** A sentence that says what happened, then the head and the tail of both streams. */
export function describePrinted(
  found: string,
  { stdout, stderr }: { readonly stdout: Output; readonly stderr: Output },
): string {
  const printed = [excerpt('Standard output', stdout), excerpt('Standard error', stderr)];
  return [found, ...printed].filter(Boolean).join(' ');
}

function excerpt(name: string, { head, tail }: Output): string {
  const text = head.trim();
  if (text === '') return '';
  // A short output is all in its head, so the tail is the end of the head.
  const isShort = tail === '' && text.length <= LOOKED_AT;
  const start = scrub(text.slice(0, LOOKED_AT));
  const rest = isShort ? start.slice(EXCERPT) : scrub((tail || text).trim().slice(-LOOKED_AT));
  const end = cleanText(rest.slice(-EXCERPT), EXCERPT);
  return end === ''
    ? `${name}: ${cleanText(start, EXCERPT)}`
    : `${name}, cut: ${cleanText(start, EXCERPT)} … ${end}`;
}

/** Cleaned first: a control character in a secret would hide it from the scrubber, but not from a person. */
function scrub(text: string): string {
  return hideSecrets(cleanText(text, text.length));
}
