/** Keeps room for new connections: a client that opens many and sends no whole request loses the oldest of them first. */
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { HttpLimits } from './limits.js';

/**
 * Watches the connections of a server. A connection *waits* while the server answers no whole request of it: it has sent
 * nothing, a part of a request, or nothing since its last answer. Beyond the limits, this closes waiting connections, the
 * oldest first. A client that sends its request at once waits for some milliseconds only, so silent connections of other
 * clients do not keep it out.
 */
export function keepConnectionRoom(server: Server, limits: HttpLimits): void {
  const room = new ConnectionRoom(limits);
  server.on('connection', (socket: Socket) => {
    room.wait(socket);
    socket.once('close', () => room.leave(socket));
  });
  server.prependListener('request', (request, response) => room.answer(request, response));
}

class ConnectionRoom {
  readonly #limits: HttpLimits;
  /** All open connections, with the addresses of their clients. */
  readonly #open = new Map<Socket, string>();
  /** The waiting connections, the oldest first; and the same by address. */
  readonly #waiting = new Set<Socket>();
  readonly #byAddress = new Map<string, Set<Socket>>();

  constructor(limits: HttpLimits) {
    this.#limits = limits;
  }

  wait(socket: Socket): void {
    if (socket.destroyed) return;
    const address = this.#open.get(socket) ?? socket.remoteAddress ?? '';
    this.#open.set(socket, address);
    this.#waiting.add(socket);
    const same = this.#byAddress.get(address) ?? new Set();
    this.#byAddress.set(address, same.add(socket));
    if (same.size > this.#limits.waitingPerAddress) closeOldest(same);
    // Before the server itself would refuse the next connection, whichever clients hold the others.
    if (this.#open.size >= this.#limits.connections) closeOldest(this.#waiting);
  }

  /** A connection stops waiting when its request is whole, and waits again after the answer. */
  answer(request: IncomingMessage, response: ServerResponse): void {
    const { socket } = request;
    if (hasBody(request)) request.once('end', () => this.#stopWaiting(socket));
    else this.#stopWaiting(socket);
    response.once('close', () => {
      this.#stopWaiting(socket);
      this.wait(socket);
    });
  }

  leave(socket: Socket): void {
    this.#stopWaiting(socket);
    this.#open.delete(socket);
  }

  #stopWaiting(socket: Socket): void {
    this.#waiting.delete(socket);
    const address = this.#open.get(socket) ?? '';
    const same = this.#byAddress.get(address);
    if (same?.delete(socket) && same.size === 0) this.#byAddress.delete(address);
  }
}

function closeOldest(sockets: ReadonlySet<Socket>): void {
  for (const socket of sockets) {
    if (socket.destroyed) continue;
    socket.destroy();
    return;
  }
}

function hasBody({ headers }: IncomingMessage): boolean {
  return headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0;
}
