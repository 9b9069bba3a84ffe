/**
 * Collects what a program prints, and makes it safe to show. Promise: a program that floods a stream costs a bounded amount
 * of memory, and credentials in its output are hidden before it is stored or shown.
 */
import type { Readable } from 'node:stream';
import { safeText } from '../domain/hide-secrets.js';
import { cleanText, MAX_TEXT } from '../domain/text.js';

/** What a program printed on one stream. Where it is not truncated, `head` is all of it and `tail` is empty. */
export interface Output {
  readonly head: string;
  readonly tail: string;
  readonly truncated: boolean;
}

// Of a truncated stream, at either end: enough to recognise what it is.
const KEPT = 64 * 1024;

export class OutputCollector {
  readonly #maxBytes: number;
  // One buffer that doubles, since a list of chunks would take a hundred times the bytes of a program that writes them singly.
  #kept = Buffer.alloc(0);
  #bytes = 0;
  #tail = Buffer.alloc(0);

  /** @param onOver called once, when the stream exceeds `maxBytes` */
  constructor(stream: Readable, maxBytes: number, onOver: () => void) {
    this.#maxBytes = maxBytes;
    stream.on('data', (chunk: Buffer) => this.#add(chunk, onOver));
  }

  read(): Output {
    const head = this.#kept.subarray(0, this.#bytes).toString('utf8');
    return { head, tail: this.#tail.toString('utf8'), truncated: this.#bytes > this.#maxBytes };
  }

  /** All bytes; undefined where the stream exceeded its limit. */
  bytes(): Uint8Array | undefined {
    return this.#bytes > this.#maxBytes ? undefined : this.#kept.subarray(0, this.#bytes);
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
// Secrets are hidden in a longer text than is kept, so that a cut cannot part a secret from the word that marks it. MORE is
// for findings, which may be many.
const SCRUBBED = 16_384;
const MORE = 1_500;

/** Text of a program, safe to store and to show, cut to a length. */
export function printable(text: string, maxLength: number = MAX_TEXT): string {
  return safeText(text.slice(0, maxLength + MORE), maxLength);
}

/** A sentence that says what happened, followed by the head and the tail of both streams. */
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
  // All of a short output is in its head, whose own end is the tail then.
  const isShort = tail === '' && text.length <= SCRUBBED;
  const whole = (part: string) => safeText(part, part.length);
  const start = whole(text.slice(0, SCRUBBED));
  const rest = isShort ? start.slice(EXCERPT) : whole((tail || text).trim().slice(-SCRUBBED));
  const end = cleanText(rest.slice(-EXCERPT), EXCERPT);
  return end === ''
    ? `${name}: ${cleanText(start, EXCERPT)}`
    : `${name}, cut: ${cleanText(start, EXCERPT)} … ${end}`;
}
