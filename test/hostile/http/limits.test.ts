import { once } from 'node:events';
import type { AddressInfo, Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import type { FastifyInstance } from 'fastify';
import { afterEach, describe, expect, it } from 'vitest';
import { HTTP_LIMITS, type HttpLimits } from '../../../src/platform/http/limits.js';
import { makeHttpServer } from '../../../src/platform/http/server.js';
import { openLog } from '../../../src/platform/log.js';
import { exchange, expectRefusal, head, open, readAnswers, receive } from './wire.js';

/** The limits of these tests, in milliseconds; a test allows five times a limit. */
const QUICK: HttpLimits = {
  ...HTTP_LIMITS,
  ...{ headersMs: 200, requestMs: 200, checkMs: 20, idleMs: 200, stalledMs: 2000 },
};
const LATE_MS = 5 * (QUICK.requestMs + QUICK.checkMs);

const sockets: Socket[] = [];
const servers: FastifyInstance[] = [];
afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy();
  for (const server of servers.splice(0)) await server.close();
});

async function serve(limits?: Partial<HttpLimits>) {
  const log = openLog('test', 'silent');
  const server = makeHttpServer({
    ...{ log, address: '127.0.0.1', readToken: undefined },
    ...(limits === undefined ? {} : { limits: { ...QUICK, ...limits } }),
  });
  servers.push(server);
  server.get('/read', async () => ({ read: true }));
  server.get('/much', async () => 'x'.repeat(64 * 1024 * 1024));
  server.post('/taken', async () => ({ taken: true }));
  await server.listen({ host: '127.0.0.1', port: 0 });
  const connections = () =>
    new Promise<number>((resolve, reject) =>
      server.server.getConnections((error, count) => (error ? reject(error) : resolve(count))),
    );
  return { server, connections, port: (server.server.address() as AddressInfo).port };
}

async function keep(port: number): Promise<Socket> {
  const socket = await open(port);
  sockets.push(socket);
  return socket;
}

/** Sends a text byte by byte, as long as the connection is open. */
async function drip(socket: Socket, text: string): Promise<void> {
  for (const byte of text) {
    if (socket.destroyed || !socket.writable) return;
    socket.write(byte);
    await delay(20);
  }
}

const POST = 'POST /taken HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n';

describe('the limits', () => {
  it('are by default those that are documented', async () => {
    const { server } = await serve();
    expect(server.server).toMatchObject({
      ...{ headersTimeout: 15_000, requestTimeout: 15_000, connectionsCheckingInterval: 5_000 },
      ...{ keepAliveTimeout: 72_000, timeout: 60_000, maxConnections: 4_096, maxHeaderSize: undefined },
    });
    expect(server.initialConfig.bodyLimit).toBe(65_536);
  });
});

describe('a client that is too slow is disconnected', () => {
  it.each([
    ['says nothing', ''],
    ['sends half of its headers', 'GET /read HTTP/1.1\r\nHost: local'],
    ['sends a body that never comes', `${POST}Content-Length: 9\r\n\r\n`],
    ['sends half of its body', `${POST}Content-Length: 9\r\n\r\n{"a"`],
    ['sends chunks without an end', `${POST}Transfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n`],
    ['sends no body after 100 Continue', `${POST}Content-Length: 9\r\nExpect: 100-continue\r\n\r\n`],
  ])('with 408 where it %s', async (_what, bytes) => {
    const { port } = await serve({});
    const socket = await keep(port);
    const began = performance.now();
    socket.write(bytes);
    const answers = readAnswers((await receive(socket)).replace(/^HTTP\/1\.1 100 Continue\r\n\r\n/, ''));
    expect(performance.now() - began).toBeLessThan(LATE_MS);
    expectRefusal(answers.at(-1), [408]);
    expect(answers).toHaveLength(1);
  });

  it.each([
    ['headers', 'GET /read HTTP/1.1\r\nHost: localhost\r\n', `X: ${'y'.repeat(200)}`],
    ['body', `${POST}Content-Length: 300\r\n\r\n`, '{"a": "'.padEnd(300)],
  ])('with 408 where it sends %s byte by byte', async (_what, first, slow) => {
    const { port } = await serve({});
    const socket = await keep(port);
    const began = performance.now();
    const received = receive(socket);
    socket.write(first);
    await drip(socket, slow);
    const answers = readAnswers(await received);
    expect(performance.now() - began).toBeLessThan(LATE_MS);
    expectRefusal(answers[0], [408]);
  });

  it('where it was answered and sends no second request', async () => {
    const { port } = await serve({});
    const socket = await keep(port);
    const began = performance.now();
    socket.write('GET /read HTTP/1.1\r\nHost: localhost\r\n\r\n');
    expect(readAnswers(await receive(socket))).toMatchObject([{ status: 200 }]);
    // Node waits a second longer than it announces.
    expect(performance.now() - began).toBeLessThan(5 * (QUICK.idleMs + 1000));
  });

  it('where it does not read its answer', async () => {
    const { port, connections } = await serve({ stalledMs: 200, requestMs: 60_000, headersMs: 60_000 });
    const socket = await keep(port);
    socket.pause();
    socket.write(head('GET /much'));
    await expect.poll(connections).toBe(1);
    await expect.poll(connections).toBe(0);
  });
});

describe('many connections', () => {
  it('2,000 idle ones slow down no read, take little memory, and are closed in time', async () => {
    const limits = {
      waitingPerAddress: 4096,
      headersMs: 6000,
      requestMs: 6000,
      checkMs: 100,
      idleMs: 6000,
      stalledMs: 60_000,
    };
    const { port, connections } = await serve(limits);
    const before = process.memoryUsage().rss;
    const idle = ['', 'GET /read HTTP/1.1\r\nHost: loc', 'GET /read HTTP/1.1\r\nHost: localhost\r\n\r\n'];
    for (let at = 0; at < 2000; at += 100) {
      const some = await Promise.all(Array.from({ length: 100 }, () => keep(port)));
      for (const [index, socket] of some.entries()) socket.resume().write(idle[index % idle.length] ?? '');
    }
    const began = performance.now();
    await expect.poll(connections).toBe(2000);
    const took: number[] = [];
    for (let at = 0; at < 50; at += 1) {
      const asked = performance.now();
      expect(await exchange(port, head('GET /read'))).toMatchObject([{ status: 200 }]);
      took.push(performance.now() - asked);
    }
    const slowest = Math.max(...took);
    // Both ends of the connections are in this process.
    const memory = (process.memoryUsage().rss - before) / 2 ** 20;
    console.log(`2,000 idle connections: ${Math.round(memory)} MiB, slowest read ${Math.round(slowest)} ms`);
    expect(slowest).toBeLessThan(500);
    expect(memory).toBeLessThan(200);
    await expect.poll(connections, { timeout: 35_000 }).toBe(0);
    expect(performance.now() - began).toBeLessThan(35_000);
  }, 180_000);

  const slow = { headersMs: 60_000, requestMs: 60_000, idleMs: 60_000, stalledMs: 60_000 };
  const GET = 'GET /read HTTP/1.1\r\nHost: localhost\r\n\r\n';

  it.each([
    ['says nothing', ''],
    ['sends half of its headers', 'GET /read HTTP/1.1\r\nHost: local'],
    ['sends half of its body', `${POST}Content-Length: 9\r\n\r\n{"a"`],
    ['was answered and keeps its connection', GET],
  ])(
    'when a client that %s opens more than there may be, then the oldest are closed and reads are answered',
    async (_what, bytes) => {
      const { port, connections } = await serve({ ...slow, connections: 10, waitingPerAddress: 20 });
      const opened: Socket[] = [];
      for (let at = 0; at < 15; at += 1) {
        const socket = await keep(port);
        opened.push(socket.resume());
        socket.write(bytes);
      }
      for (let at = 0; at < 3; at += 1)
        expect(await exchange(port, head('GET /read'))).toMatchObject([{ status: 200 }]);
      expect(await connections()).toBeLessThanOrEqual(10);
      expect(opened[0]?.closed).toBe(true);
      expect(opened.at(-1)?.closed).toBe(false);
    },
  );

  it('when one address has more waiting than allowed, then the oldest waiting one is closed, and none that is being answered', async () => {
    const { port, server } = await serve({ ...slow, connections: 100, waitingPerAddress: 3 });
    const much = await keep(port);
    much.pause().write(head('GET /much'));
    await once(server.server, 'request');
    const oldest = await keep(port);
    for (let at = 0; at < 3; at += 1) await keep(port);
    if (!oldest.closed) await once(oldest.resume(), 'close');
    const received = receive(much);
    much.resume();
    expect((await received).length).toBeGreaterThan(64 * 1024 * 1024);
  });
});
