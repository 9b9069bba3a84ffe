/** A proxy before a server that can be cut: it takes connections and bytes, and lets nothing through. */
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

export interface DatabaseProxy {
  /** The server's address, by way of the proxy. */
  readonly url: string;
  /** How many connections it has taken. */
  readonly taken: () => number;
  /** From now on nothing passes, in either direction, on connections that stand and on new ones. */
  silence(): void;
  /** From now on nothing that clients send passes; answers do. */
  deafen(): void;
  /** From now on nothing passes on connections that stand, and everything on new ones. */
  strand(): void;
  /** From now on everything passes again; what was held back is lost. */
  resume(): void;
  /** Calls `react` with what a client sends, before it passes. */
  watch(react: (sent: Buffer, client: Socket) => void): void;
  /** Changes what a client sends first, from now on. */
  rewriteFirst(change: (sent: Buffer) => Buffer): void;
  /** Ends all connections that stand. */
  cut(): void;
  close(): Promise<void>;
}

export async function startProxy(serverUrl: string): Promise<DatabaseProxy> {
  const target = new URL(serverUrl);
  const sockets = new Set<Socket>();
  let silent = false;
  let deaf = false;
  let taken = 0;
  let stranded = 0;
  let rewrite = (sent: Buffer) => sent;
  let react: (sent: Buffer, client: Socket) => void = () => {};
  const keep = (socket: Socket) => {
    sockets.add(socket);
    // Ends are passed on below; how they came about does not matter here.
    socket.on('error', () => {});
    socket.on('close', () => sockets.delete(socket));
  };
  const server = createServer((client) => {
    taken += 1;
    const number = taken;
    const upstream = connect(Number(target.port), target.hostname);
    for (const socket of [client, upstream]) keep(socket);
    let isFirst = true;
    client.on('data', (sent) => {
      react(sent, client);
      if (!silent && !deaf && number > stranded) upstream.write(isFirst ? rewrite(sent) : sent);
      isFirst = false;
    });
    upstream.on('data', (answer) => {
      if (!silent && number > stranded) client.write(answer);
    });
    client.on('close', () => upstream.destroy());
    upstream.on('close', () => client.destroy());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = new URL(serverUrl);
  url.host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    url: url.href,
    taken: () => taken,
    silence: () => {
      silent = true;
    },
    deafen: () => {
      deaf = true;
    },
    strand: () => {
      stranded = taken;
    },
    resume: () => {
      silent = false;
      deaf = false;
    },
    watch: (next) => {
      react = next;
    },
    rewriteFirst: (change) => {
      rewrite = change;
    },
    cut: () => {
      for (const socket of sockets) socket.destroy();
    },
    async close() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}
