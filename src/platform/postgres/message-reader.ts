/** Finds the messages of PostgreSQL's protocol in a stream of bytes, without keeping their content. */

/** Stands for the type of the one message without a type: the first that a client sends. */
export const STARTUP = 0;

const LENGTH_BYTES = 4;

/** Reports each message as its last byte comes; a message may come in any number of pieces. */
export class MessageReader {
  readonly #onMessage: (type: number, last: number) => void;
  readonly #head = Buffer.alloc(1 + LENGTH_BYTES);
  #known: number;
  #left = 0;

  /**
   * @param onMessage called with each message's type and last byte
   * @param startup whether the first message has no type byte, as a client's
   */
  constructor(onMessage: (type: number, last: number) => void, startup = false) {
    this.#onMessage = onMessage;
    // The missing type byte counts as read, and is 0.
    this.#known = startup ? 1 : 0;
  }

  read(chunk: Uint8Array): void {
    for (let at = 0; at < chunk.length; ) {
      if (this.#known < this.#head.length) {
        this.#head[this.#known] = chunk[at] ?? 0;
        this.#known += 1;
        at += 1;
        // The length counts itself.
        if (this.#known === this.#head.length) this.#left = this.#head.readUInt32BE(1) - LENGTH_BYTES;
      } else {
        const step = Math.min(this.#left, chunk.length - at);
        this.#left -= step;
        at += step;
      }
      if (this.#known === this.#head.length && this.#left <= 0) this.#end(chunk[at - 1] ?? 0);
    }
  }

  #end(last: number): void {
    const type = this.#head[0] ?? STARTUP;
    this.#known = 0;
    this.#left = 0;
    this.#onMessage(type, last);
  }
}
