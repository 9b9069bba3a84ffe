/** A small reverse proxy in front of a web process. */
import { once } from 'node:events';
import { request as ask, createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Scope } from '../../../src/platform/process/shutdown.js';

export interface ProxySettings {
  /** The address of the server behind it. */
  readonly target: string;
  /** The prefix of each path, such as `/custodian`. */
  readonly base: string;
  readonly takesBaseOff: boolean;
  /** Whether it sends the client's `Host` header, or that of the server behind it. */
  readonly keepsHost: boolean;
  readonly port?: number;
}

/** Starts a proxy; the scope ends it. @returns its address */
export async function startProxy(scope: Scope, settings: ProxySettings): Promise<string> {
  const { target, base, takesBaseOff, keepsHost, port = 0 } = settings;
  const server = createServer((incoming: IncomingMessage, outgoing) => {
    const path = incoming.url ?? '';
    const host = keepsHost ? incoming.headers.host : new URL(target).host;
    const passed = ask(target, {
      method: incoming.method,
      path: takesBaseOff ? path.slice(base.length) : path,
      headers: { ...incoming.headers, host, 'x-forwarded-host': 'evil.example' },
    });
    passed.on('response', (answer) => {
      outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(outgoing);
    });
    incoming.pipe(passed);
  });
  scope.add('proxy', server, (it: Server) => void it.close());
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}
