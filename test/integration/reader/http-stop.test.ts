import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readConfig } from '../../../src/platform/config.js';
import { closeHttpServer, makeHttpServer } from '../../../src/platform/http/server.js';
import { openLog } from '../../../src/platform/log.js';
import { Scope } from '../../../src/platform/process/shutdown.js';
import { runWeb } from '../../../src/web/run-web.js';

const log = openLog('test', 'silent');
const sockets: Socket[] = [];
let scope: Scope;
beforeEach(() => {
  scope = new Scope();
});
afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy();
  await scope.close();
});

async function open(url: string, bytes: string): Promise<Socket> {
  const socket = connect(Number(new URL(url).port), '127.0.0.1');
  sockets.push(socket);
  // Only the end of the HTTP request matters here, not the answer.
  socket.on('error', () => {}).resume();
  await once(socket, 'connect');
  socket.write(bytes);
  return socket;
}

describe('a web process that is stopped', () => {
  it.each([
    ['is silent', ''],
    ['sent half of its headers', 'GET /healthz HTTP/1.1\r\nHost: local'],
    [
      'sent half of a body',
      'POST /x HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 9\r\n\r\n{"a"',
    ],
  ])('does not wait for a connection that %s', async (_what, bytes) => {
    const env = { DATABASE_URL: 'postgres://nobody@127.0.0.1:1/none', PORT: '0', DOI_HOST: 'here' };
    const url = await runWeb(readConfig(env), log, scope);
    const socket = await open(url, bytes);
    const ended = once(socket, 'close');
    // The server accepted this connection after the one before, so it has read what that one sent.
    expect((await fetch(`${url}/healthz`)).status).toBe(200);
    const began = performance.now();
    await Promise.all([scope.close(), ended]);
    // The test allows two seconds; the process has 25.
    expect(performance.now() - began).toBeLessThan(10_000);
  });
});

describe('a server that is stopped', () => {
  it('answers open HTTP requests, and those that come on an open connection', async () => {
    const server = makeHttpServer({ log, address: '127.0.0.1', readToken: undefined });
    let answer: () => void = () => {};
    const asked = new Promise<void>((isAsked) => {
      server.get('/slow', async () => {
        isAsked();
        await new Promise<void>((resolve) => {
          answer = resolve;
        });
        return { slow: true };
      });
    });
    const url = await server.listen({ host: '127.0.0.1', port: 0 });
    const reply = fetch(`${url}/slow`);
    await asked;
    const closed = closeHttpServer(server);
    setImmediate(() => answer());
    expect(await (await reply).json()).toEqual({ slow: true });
    await closed;
  });
});
