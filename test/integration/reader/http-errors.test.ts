import { once } from 'node:events';
import { type AddressInfo, connect } from 'node:net';
import type { FastifyInstance } from 'fastify';
import { afterEach, describe, expect, it } from 'vitest';
import { makeHttpServer } from '../../../src/platform/http/server.js';
import { openLog } from '../../../src/platform/log.js';

const TOKEN = 'a-token-of-sixteen-or-more';
const servers: FastifyInstance[] = [];
afterEach(async () => {
  for (const server of servers.splice(0)) await server.close();
});

async function serve(readToken?: string): Promise<number> {
  const server = makeHttpServer({ log: openLog('test', 'silent'), address: '127.0.0.1', readToken });
  servers.push(server);
  server.get('/repos/:slug/doi', async () => ({ answered: true }));
  server.get('/broken', async () => Promise.reject(new Error('select secret from /a/path')));
  server.post('/taken', async () => ({ taken: true }));
  await server.listen({ host: '127.0.0.1', port: 0 });
  return (server.server.address() as AddressInfo).port;
}

interface Answer {
  readonly status: number;
  readonly head: string;
  readonly body: string;
}

/** Sends raw bytes, and waits until the server ends the connection. */
async function send(port: number, bytes: string): Promise<Answer> {
  const socket = connect(port, '127.0.0.1');
  let text = '';
  socket.setEncoding('latin1').on('data', (more: string) => {
    text += more;
  });
  socket.write(bytes, 'latin1');
  await once(socket, 'close');
  const [head = '', body = ''] = text.split('\r\n\r\n');
  return { status: Number(/^HTTP\/1\.1 (\d+) /.exec(head)?.[1]), head: head.toLowerCase(), body };
}

const ask = (line: string, ...headers: string[]) =>
  [`${line} HTTP/1.1`, 'Connection: close', ...headers, '', ''].join('\r\n');
const HERE = 'Host: localhost';

function expectProblem({ head, body, status }: Answer, wanted: number, code: string): void {
  expect(status, body).toBe(wanted);
  expect(head).toContain('content-type: application/problem+json');
  expect(head).toContain('x-content-type-options: nosniff');
  expect(head).toContain('cache-control: no-store');
  const problem: Record<string, unknown> = JSON.parse(body);
  expect(problem).toMatchObject({ type: 'about:blank', status, code });
  for (const key of ['title', 'detail', 'remedy', 'request_id'])
    expect(problem[key], key).toEqual(expect.stringMatching(/\S/));
}

describe('every refusal is a problem with a code', () => {
  const LONG = 'a'.repeat(101);
  it.each([
    ['a broken escape', ask('GET /repos/%zz/doi', HERE), 400, 'bad_request'],
    ['a slug that is too long', ask(`GET /repos/${LONG}/doi`, HERE), 400, 'bad_request'],
    ['an address that is none', ask('GET /nothing', HERE), 404, 'unknown_route'],
    ['a method that is not served', ask('DELETE /repos/a/doi', HERE), 405, 'method_not_allowed'],
    ['a method of another protocol', ask('PROPFIND /repos/a/doi', HERE), 405, 'method_not_allowed'],
    ['a request for a tunnel', ask('CONNECT evil.example:443', HERE), 405, 'method_not_allowed'],
    ['an unknown method', ask('BREW /repos/a/doi', HERE), 400, 'bad_request'],
    ['garbage', '\x16\x03\x01\x02\0\x01\0\r\n\r\n', 400, 'bad_request'],
    ['headers that are too large', ask('GET /', HERE, `X: ${'x'.repeat(20_000)}`), 431, 'bad_request'],
    ['no Host', ask('GET /repos/a/doi'), 400, 'bad_request'],
    ['what it cannot expect', ask('GET /repos/a/doi', HERE, 'Expect: tea'), 417, 'bad_request'],
    [
      'a body that is too large',
      ask('POST /taken', HERE, 'Content-Type: application/json', 'Content-Length: 70000'),
      413,
      'bad_request',
    ],
    [
      'a body of a kind that is not taken',
      `${ask('POST /taken', HERE, 'Content-Type: a/b', 'Content-Length: 1')}x`,
      415,
      'bad_request',
    ],
  ])('%s', async (_what, bytes, status, code) => {
    expectProblem(await send(await serve(), bytes), status, code);
  });

  it('and what broke inside is only in the log', async () => {
    const answer = await send(await serve(), ask('GET /broken', HERE));
    expectProblem(answer, 500, 'internal');
    expect(answer.body).not.toMatch(/secret|path/);
  });
});

describe('a client that may not read gets only the refusal', () => {
  const ADDRESSES = ['/repos/a/doi', '/repos/%zz/doi', `/repos/${'a'.repeat(101)}/doi`, '/nothing'];

  it.each(ADDRESSES)('by a foreign name: %s', async (path) => {
    const answer = await send(await serve(), ask(`GET ${path}`, 'Host: evil.example'));
    expectProblem(answer, 403, 'forbidden');
  });

  it.each(ADDRESSES)('without the token: %s', async (path) => {
    const answer = await send(await serve(TOKEN), ask(`GET ${path}`, HERE));
    expectProblem(answer, 401, 'unauthorized');
    expect(answer.head).toContain('www-authenticate: bearer');
  });

  it('by an unknown method', async () => {
    const answer = await send(await serve(TOKEN), ask('PROPFIND /nothing', HERE));
    expectProblem(answer, 401, 'unauthorized');
  });
});

describe('the name in the Host header', () => {
  it.each(['localhost', 'LOCALHOST:1', '127.0.0.1', '127.0.0.1:80', '[::1]', '[::1]:8080'])(
    '%s is this server’s',
    async (host) => {
      const { status, head } = await send(await serve(), ask('GET /repos/a/doi', `Host: ${host}`));
      expect(status).toBe(200);
      expect(head).toContain('x-content-type-options: nosniff');
    },
  );

  it.each([
    '127.0.0.1:80@evil.com',
    'localhost:80:evil',
    'localhost:',
    'localhost:80x',
    'evil.com@localhost',
    'localhost/evil.com',
    'localhost evil.com',
    'localhost,evil.com',
    '::1',
    '[::1',
    '',
  ])('%j is not', async (host) => {
    const answer = await send(await serve(), ask('GET /repos/a/doi', `Host: ${host}`));
    expectProblem(answer, 403, 'forbidden');
  });
});

describe('HEAD', () => {
  it('is answered as GET, without a body', async () => {
    const { status, head, body } = await send(await serve(), ask('HEAD /repos/a/doi', HERE));
    expect({ status, body }).toEqual({ status: 200, body: '' });
    expect(head).toContain('x-content-type-options: nosniff');
    expect(head).toContain('content-length: 17');
  });

  it('with an unsupported `Expect` is refused without a body', async () => {
    const { status, head, body } = await send(await serve(), ask('HEAD /repos/a/doi', HERE, 'Expect: tea'));
    expect({ status, body }).toEqual({ status: 417, body: '' });
    expect(head).toContain('content-type: application/problem+json');
  });
});
