/**
 * The socket under postgres.js. A promise rests on it: a lost or silent connection to PostgreSQL becomes an error within a
 * bounded time, so that no statement waits for ever, and the process survives it.
 */
import type { Socket } from 'node:net';
import { Duplex } from 'node:stream';
import { startLimit } from '../fair-limit.js';
import { dial } from './database-dial.js';
import type { ServerPlace, TlsSettings } from './database-url.js';
import { MessageReader, STARTUP } from './message-reader.js';

export interface DatabaseSocketOptions {
  /** The servers in the order in which they are tried, at least one. */
  readonly places: readonly ServerPlace[];
  readonly tls: TlsSettings;
  /** How long a server may take until its first message, where another server is left to try, in milliseconds. */
  readonly placeMs: number;
  /** How long the server may send nothing while an answer is due, in milliseconds of this process's own time. */
  readonly silenceMs: number;
  /** Called with the server when it takes statements. */
  readonly onReady?: (place: ServerPlace) => void;
  /** Called with the server when its connection ended before it took statements. */
  readonly onUnready?: (place: ServerPlace) => void;
}

const SYNC = 0x53;
const QUERY = 0x51;
const READY_FOR_QUERY = 0x5a;
const ERROR = 0x45;
const IDLE = 0x49;
// A parameter of the startup message that only saves time; `doi doctor` reports where it has no effect.
const OPTIONAL = Buffer.from('\0jit\0off\0');
const CANCEL_REQUEST = 80_877_102;

/**
 * A socket that begins to connect at once and never throws. It keeps what is written before the connection stands. Of
 * several servers it tries the next one where one cannot be reached, or refuses before it has asked for anything.
 *
 * A connection that the server ends is an error: postgres.js reconnects without a pause and without an end where a
 * connection just closes before it was ready. A silent connection is an error too: a limit of the server has no effect where
 * the network is cut. While no answer is due, the connection may be silent for ever. TLS begins here and not in the driver,
 * so that this socket can parse the messages within it.
 *
 * Not for cursors and COPY, where the client may take its time.
 */
export class DatabaseSocket extends Duplex {
  readonly #options: DatabaseSocketOptions;
  /** The servers that are left to try. */
  readonly #left: ServerPlace[];
  #place: ServerPlace;
  /** Everything written until a server sends its first message: a next server has to receive it as well. */
  #early: Buffer[] | undefined = [];
  #attempt = new AbortController();
  #attemptTimer: NodeJS.Timeout | undefined;
  readonly #sent: MessageReader;
  readonly #received: MessageReader;
  #wire: Socket | undefined;
  #stopLimit = () => {};
  /** Whether an answer to something written is not complete. */
  #waiting = false;
  /** How many answers are due. */
  #due = 0;
  #ready = false;
  #isCancel = false;
  #inTransaction = false;

  constructor(options: DatabaseSocketOptions) {
    super({ emitClose: false, allowHalfOpen: false });
    const [first, ...left] = options.places;
    if (first === undefined) throw new Error('There is no server to connect to.');
    this.#options = options;
    this.#place = first;
    this.#left = left;
    this.#sent = new MessageReader((type) => {
      if (type === SYNC || type === QUERY || type === STARTUP) this.#due += 1;
    }, true);
    this.#received = new MessageReader((type, status) => {
      if (type === READY_FOR_QUERY) this.#endAnswer(status);
    });
  }

  override _construct(done: (error?: Error | null) => void): void {
    // Later, when the driver listens for errors: some addresses are refused at once.
    setImmediate(() => {
      done();
      void this.#dial();
    });
  }

  /** The driver names it in its errors. */
  get host(): string {
    return 'path' in this.#place ? this.#place.path : this.#place.host;
  }

  get port(): number | undefined {
    return 'path' in this.#place ? undefined : this.#place.port;
  }

  /** The driver sends its last message only to an open socket; this one keeps it until the connection stands. */
  get readyState(): 'open' | 'closed' {
    return this.destroyed ? 'closed' : 'open';
  }

  override _read(): void {
    this.#wire?.resume();
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: (error?: Error | null) => void): void {
    if (chunk.length === 16 && chunk.readInt32BE(4) === CANCEL_REQUEST) this.#isCancel = true;
    this.#sent.read(chunk);
    // The limit runs from the first answer that is due: what is written later must not prolong it.
    if (!this.#waiting) this.#arm();
    this.#waiting = true;
    if (this.#early === undefined) {
      this.#wire?.write(chunk, done);
      return;
    }
    this.#early.push(chunk);
    // Without `done` as its callback, which would fail this socket where only this one server has failed.
    this.#wire?.write(chunk);
    done();
  }

  override _final(done: (error?: Error | null) => void): void {
    if (this.#wire !== undefined) return void this.#wire.end(() => done());
    done();
    this.destroy();
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    this.#stopLimit();
    clearTimeout(this.#attemptTimer);
    this.#attempt.abort();
    this.#wire?.destroy();
    done(error);
    if (!this.#ready && !this.#isCancel) this.#options.onUnready?.(this.#place);
    const close = () => this.emit('close', !this.#ready);
    // A transaction rolls back upon the error. With the close already reported, the driver would have no socket for that, and
    // its exception would end the process: so the close comes later. The driver rejects what was written meanwhile only if
    // the close is not marked as an error; if it is marked, the driver waits a little before it connects again.
    if (this.#inTransaction && this.#ready) setImmediate(() => setImmediate(close));
    else process.nextTick(close);
  }

  async #dial(): Promise<void> {
    const { tls, placeMs } = this.#options;
    this.#attempt = new AbortController();
    const { signal } = this.#attempt;
    // The last server may take whatever the driver still allows for all of them.
    if (this.#left.length > 0) {
      const late = () => this.#fail(lost('ETIMEDOUT', `The server sent nothing within ${placeMs} ms.`));
      this.#attemptTimer = setTimeout(late, placeMs);
    }
    try {
      const wire = await dial(this.#place, tls, signal);
      if (signal.aborted) wire.destroy();
      else this.#use(wire);
    } catch (error) {
      if (!signal.aborted) this.#fail(error instanceof Error ? error : new Error(String(error)));
    }
  }

  #use(wire: Socket): void {
    this.#wire = wire;
    wire.on('data', (chunk: Buffer) => this.#receive(chunk));
    wire.on('error', (error) => this.#fail(error));
    wire.on('close', () => this.#lose());
    for (const chunk of this.#early ?? []) wire.write(chunk);
    wire.resume();
  }

  /** Tries the next server if this one has sent nothing yet; otherwise, or without a next one, ends the socket. */
  #fail(error: Error | undefined): void {
    if (this.destroyed) return;
    const isOver = this.#early === undefined || this.#isCancel || this.writableEnded;
    const next = isOver ? undefined : this.#left.shift();
    if (next === undefined) return void this.destroy(error);
    this.#redial(next);
  }

  #redial(place: ServerPlace): void {
    clearTimeout(this.#attemptTimer);
    this.#attempt.abort();
    const wire = this.#wire;
    this.#wire = undefined;
    wire?.removeAllListeners().on('error', () => {});
    wire?.destroy();
    this.#place = place;
    void this.#dial();
  }

  #receive(chunk: Buffer): void {
    const isRefusal = chunk[0] === ERROR && this.#early !== undefined;
    if (isRefusal && this.#leaveOutOptional(chunk)) {
      this.#redial(this.#place);
      return;
    }
    if (isRefusal && this.#left.length > 0) {
      this.#fail(undefined);
      return;
    }
    this.#early = undefined;
    clearTimeout(this.#attemptTimer);
    this.#received.read(chunk);
    if (this.#waiting) this.#arm();
    if (!this.push(chunk)) this.#wire?.pause();
  }

  /** Leaves out the optional parameter if a pooler refused it. @returns whether it did */
  #leaveOutOptional(refusal: Buffer): boolean {
    const [startup, ...rest] = this.#early ?? [];
    const at = startup?.indexOf(OPTIONAL) ?? -1;
    if (startup === undefined || at === -1 || !refusal.includes('unsupported startup parameter: jit'))
      return false;
    const without = Buffer.concat([startup.subarray(0, at + 1), startup.subarray(at + OPTIONAL.length)]);
    without.writeInt32BE(without.length, 0);
    this.#early = [without, ...rest];
    return true;
  }

  #endAnswer(status: number): void {
    if (!this.#ready) this.#options.onReady?.(this.#place);
    this.#ready = true;
    this.#inTransaction = status !== IDLE;
    this.#due = Math.max(0, this.#due - 1);
    if (this.#due === 0) this.#waiting = false;
  }

  /** The server has ended the connection. */
  #lose(): void {
    const isExpected = this.writableEnded || this.#isCancel;
    this.#fail(isExpected ? undefined : lost('CONNECTION_CLOSED', 'The server closed the connection.'));
  }

  #arm(): void {
    this.#stopLimit();
    this.#stopLimit = startLimit(this.#options.silenceMs, () => {
      // An answer may have come just now; what was written since is not late yet.
      if (!this.#waiting || this.destroyed) return;
      this.destroy(lost('ETIMEDOUT', `The server sent nothing for ${this.#options.silenceMs} ms.`));
    });
  }
}

function lost(code: string, message: string): Error {
  return Object.assign(new Error(message), { code });
}
