/** The driver's way to PostgreSQL: a socket that always says when a connection is lost, and when it went silent. */
import { connect, type Socket } from 'node:net';
import { Duplex } from 'node:stream';
import { startLimit } from './fair-limit.js';
import { MessageReader, STARTUP } from './message-reader.js';

/** Where a server listens: a host and a port, or the path of a Unix socket. */
export type ServerPlace = { readonly host: string; readonly port: number } | { readonly path: string };

export interface DatabaseSocketSettings {
  readonly place: ServerPlace;
  /** How long the server may owe an answer and send nothing, in milliseconds of this process's own time. */
  readonly silenceMs: number;
  /** Whether the driver speaks TLS over it, so that messages cannot be told apart. */
  readonly encrypted: boolean;
  /** Told where the connection ended before the server was ready. */
  readonly onUnready?: () => void;
}

const SYNC = 0x53;
const QUERY = 0x51;
const READY_FOR_QUERY = 0x5a;
const IDLE = 0x49;
const CANCEL_REQUEST = 80_877_102;
const KEEP_ALIVE_MS = 60_000;

/**
 * A connection that begins to connect at once and never throws. What is written before it stands is kept until then.
 *
 * A connection that the other side ends is an error: postgres.js connects anew without a pause and without an end where
 * one just closes before it was ready. A silent one is an error too: a limit of the server's does not hold where the
 * network is cut. While nothing is owed, it may be silent for ever. Of TLS only bytes are seen: any ends the wait.
 *
 * Not for cursors and COPY, where it is the client that may take its time.
 */
export class DatabaseSocket extends Duplex {
  /** What the driver names in its errors, and checks certificates against. */
  readonly host: string;
  readonly port: number | undefined;
  readonly #settings: DatabaseSocketSettings;
  readonly #sent: MessageReader;
  readonly #received: MessageReader;
  #wire: Socket | undefined;
  #stopLimit = () => {};
  /** Whether something was written that is not answered in full. */
  #waiting = false;
  /** Answers that were asked for and have not ended. */
  #owed = 0;
  #ready = false;
  #isCancel = false;
  /** Whether it may be: TLS does not let it be known. */
  #inTransaction: boolean;

  constructor(settings: DatabaseSocketSettings) {
    super({ emitClose: false, allowHalfOpen: false });
    const { place } = settings;
    this.#settings = settings;
    this.host = 'path' in place ? place.path : place.host;
    this.port = 'path' in place ? undefined : place.port;
    this.#sent = new MessageReader((type) => {
      if (type === SYNC || type === QUERY || type === STARTUP) this.#owed += 1;
    }, true);
    this.#received = new MessageReader((type, status) => {
      if (type === READY_FOR_QUERY) this.#endAnswer(status);
    });
    this.#inTransaction = settings.encrypted;
  }

  override _construct(done: (error?: Error | null) => void): void {
    // Not before the driver listens: some addresses are refused at once.
    setImmediate(() => {
      try {
        this.#wire = this.#connect();
        done();
      } catch (error) {
        done(error instanceof Error ? error : new Error(String(error)));
      }
    });
  }

  /** The driver says good-bye only to an open socket; until this one stands, it keeps what it is to say. */
  get readyState(): 'open' | 'closed' {
    return this.destroyed ? 'closed' : 'open';
  }

  override _read(): void {
    this.#wire?.resume();
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: (error?: Error | null) => void): void {
    if (!this.#settings.encrypted) {
      if (chunk.length === 16 && chunk.readInt32BE(4) === CANCEL_REQUEST) this.#isCancel = true;
      this.#sent.read(chunk);
    }
    // From the first that is owed: what is sent after it must not put the end off.
    if (!this.#waiting) this.#arm();
    this.#waiting = true;
    this.#wire?.write(chunk, done);
  }

  override _final(done: (error?: Error | null) => void): void {
    this.#wire?.end(() => done());
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    this.#stopLimit();
    this.#wire?.destroy();
    done(error);
    if (!this.#ready) this.#settings.onUnready?.();
    const close = () => this.emit('close', !this.#ready);
    // A transaction rolls back in answer to the error, and the driver, told of the close, would have no socket for that
    // and end the process. It rejects what was written meanwhile, but only where the close is not called an error;
    // where it is called one, the driver waits a little before it connects again.
    if (this.#inTransaction && this.#ready) setImmediate(() => setImmediate(close));
    else process.nextTick(close);
  }

  #connect(): Socket {
    const { place } = this.#settings;
    const wire = connect({ ...place, keepAlive: true, keepAliveInitialDelay: KEEP_ALIVE_MS });
    wire.on('data', (chunk: Buffer) => this.#receive(chunk));
    wire.on('error', (error) => this.destroy(error));
    wire.on('close', () => this.#lose());
    return wire;
  }

  #receive(chunk: Buffer): void {
    if (this.#settings.encrypted) {
      this.#ready = true;
      this.#waiting = false;
    } else {
      this.#received.read(chunk);
    }
    if (this.#waiting) this.#arm();
    if (!this.push(chunk)) this.#wire?.pause();
  }

  #endAnswer(status: number): void {
    this.#ready = true;
    this.#inTransaction = status !== IDLE;
    this.#owed = Math.max(0, this.#owed - 1);
    if (this.#owed === 0) this.#waiting = false;
  }

  /** The other side has ended it. */
  #lose(): void {
    const isExpected = this.writableEnded || this.#isCancel;
    this.destroy(isExpected ? undefined : lost('CONNECTION_CLOSED', 'The server closed the connection.'));
  }

  #arm(): void {
    this.#stopLimit();
    this.#stopLimit = startLimit(this.#settings.silenceMs, () => {
      // What is sent after this is not yet late.
      if (!this.#waiting || this.destroyed) return;
      this.destroy(lost('ETIMEDOUT', `The server sent nothing for ${this.#settings.silenceMs} ms.`));
    });
  }
}

function lost(code: string, message: string): Error {
  return Object.assign(new Error(message), { code });
}
