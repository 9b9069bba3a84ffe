import type { AddressInfo } from 'node:net';
import fc from 'fast-check';
import type { FastifyInstance } from 'fastify';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { HTTP_LIMITS } from '../../src/platform/http/limits.js';
import { makeHttpServer } from '../../src/platform/http/server.js';
import { openLog } from '../../src/platform/log.js';
import { exchange, expectRefusal, head } from '../hostile/http/wire.js';

let server: FastifyInstance;
let port: number;
beforeAll(async () => {
  // Half a request is waited for no longer than this.
  const limits = { ...HTTP_LIMITS, headersMs: 100, requestMs: 100, checkMs: 10, idleMs: 50 };
  const log = openLog('test', 'silent');
  server = makeHttpServer({ log, address: '127.0.0.1', readToken: undefined, limits });
  server.get('/repos/:slug/doi', async () => ({ answered: true }));
  server.post('/taken', async () => ({ taken: true }));
  await server.listen({ host: '127.0.0.1', port: 0 });
  port = (server.server.address() as AddressInfo).port;
});
afterAll(() => server.close());

// No HEAD: its answer has the length of a body, and none.
const PIECES = [
  ...['GET ', 'POST ', 'TRACE ', 'CONNECT ', 'OPTIONS ', '/repos/a/doi', '/taken', '/', '*', '%2e', '..'],
  ...[
    ' HTTP/1.1',
    ' HTTP/1.0',
    ' HTTP/2.0',
    '\r\n',
    '\n',
    '\r',
    '\r\n\r\n',
    '\0',
    '\t',
    ' ',
    ':',
    'Host: localhost',
  ],
  ...[
    'Host: evil',
    'Content-Length: 5',
    'Content-Length: -1',
    'Transfer-Encoding: chunked',
    'Connection: close',
  ],
  ...[
    'Content-Type: application/json',
    'Expect: 100-continue',
    'Upgrade: h2c',
    '{"a":1}',
    '5\r\n',
    '0\r\n\r\n',
    '\xff\xfe',
  ],
];
const VALID = [
  head('GET /repos/a/doi'),
  `${head('POST /taken', 'Content-Type: application/json', 'Content-Length: 7')}{"a":1}`,
  head('POST /taken', 'Content-Type: application/json', 'Transfer-Encoding: chunked') +
    '7\r\n{"a":1}\r\n0\r\n\r\n',
];
const latin1 = (text: string) => Buffer.from(text, 'latin1');

/** A request in which bytes are put in the place of others. */
const spoilt = fc
  .tuple(fc.constantFrom(...VALID), fc.nat(), fc.nat(8), fc.uint8Array({ maxLength: 8 }))
  .map(([valid, at, cut, more]) => {
    const bytes = latin1(valid);
    const from = at % bytes.length;
    return Buffer.concat([bytes.subarray(0, from), more, bytes.subarray(from + cut)]);
  });
const anything = fc.oneof(
  fc.uint8Array({ minLength: 1, maxLength: 300 }).map((bytes) => Buffer.from(bytes)),
  fc
    .array(fc.constantFrom(...PIECES), { minLength: 1, maxLength: 12 })
    .map((pieces) => latin1(pieces.join(''))),
  spoilt,
);

it('whatever bytes a client sends, the server answers correctly or closes the connection, and lives on', async () => {
  let answered = 0;
  await fc.assert(
    fc.asyncProperty(fc.array(anything, { minLength: 10, maxLength: 10 }), async (all) => {
      const received = await Promise.all(all.map((bytes) => exchange(port, bytes)));
      for (const answer of received.flat().filter(({ status }) => status !== 100)) {
        answered += 1;
        expect(answer.head).toContain('x-content-type-options: nosniff');
        if (answer.status === 200) expect(answer.body).toMatch(/^\{"(?:answered|taken)":true\}$/);
        else expectRefusal(answer, [400, 403, 404, 405, 408, 413, 415, 417, 431]);
      }
      expect(await exchange(port, head('GET /repos/a/doi'))).toMatchObject([{ status: 200 }]);
    }),
    { numRuns: 60 },
  );
  expect(answered).toBeGreaterThan(300);
}, 120_000);
