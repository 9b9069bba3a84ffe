import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { Scope } from '../../../src/platform/process/shutdown.js';
import { openWorld, type World } from '../../helpers/world.js';
import { deliver, hex, SECRETS } from '../../integration/web/deliveries.js';
import { startWeb, TOKEN } from '../../integration/web/web.js';
import { exchange, expectRefusal, head, post } from './wire.js';

const scope = new Scope();
let world: World;
let url: string;
let port: number;
beforeAll(async () => {
  world = scope.add('world', await openWorld('framing'), (it) => it.close());
  await world.add('thing');
  url = await startWeb(scope, { databaseUrl: world.url });
  port = Number(new URL(url).port);
});
beforeEach(() => world.sql`delete from doi_request`);
afterAll(() => scope.close());

const CHUNKED = 'Transfer-Encoding: chunked';
const REFRESH = '/repos/thing/doi/refresh';
const AUTH = `Authorization: Bearer ${TOKEN}`;
const asking = (headers: readonly string[], body: string) => post(REFRESH, [AUTH, ...headers], body);
const requests = async () => (await world.sql`select repo_id from doi_request`).length;

describe('an HTTP request that two parsers could read differently is refused', () => {
  it.each([
    ['a length and chunks', asking(['Content-Length: 4', CHUNKED], '0\r\n\r\n')],
    ['chunks and a length', asking([CHUNKED, 'Content-Length: 4'], '0\r\n\r\n')],
    ['two lengths', asking(['Content-Length: 2', 'Content-Length: 3'], '{} ')],
    ['two lengths that are the same', asking(['Content-Length: 2', 'Content-Length: 2'], '{}')],
    ['a list of lengths', asking(['Content-Length: 2, 2'], '{}')],
    ['a length with a sign', asking(['Content-Length: +2'], '{}')],
    ['a length in hexadecimal', asking(['Content-Length: 0x2'], '{}')],
    ['a negative length', asking(['Content-Length: -1'], '')],
    ['a length beyond all numbers', asking([`Content-Length: 1${'0'.repeat(30)}`], '{}')],
    ['chunks by a name that is almost theirs', asking(['Transfer-Encoding: xchunked'], '0\r\n\r\n')],
    ['chunks that are packed again', asking(['Transfer-Encoding: chunked, gzip'], '0\r\n\r\n')],
    ['chunks twice', asking([CHUNKED, CHUNKED], '0\r\n\r\n')],
    ['chunks and identity', asking(['Transfer-Encoding: identity'], '{}')],
    ['a folded line', head('GET /hosts', 'X: a', ' b')],
    ['chunks on a folded line', asking(['Transfer-Encoding:', ' chunked'], '0\r\n\r\n')],
    ['a line that ends with LF alone', 'GET /hosts HTTP/1.1\nHost: localhost\n\n'],
    ['one header line that ends so', 'GET /hosts HTTP/1.1\r\nHost: localhost\nX: a\r\n\r\n'],
    ['a CR in a header', head('GET /hosts', 'X: a\rb')],
    ['a NUL in a header', head('GET /hosts', 'X: a\0b')],
    ['a space before the colon', head('GET /hosts', 'X : a')],
    ['a space before the method', ` ${head('GET /hosts')}`],
    ['a header without a name', head('GET /hosts', ': a')],
    ['a chunk whose size ends with LF alone', asking([CHUNKED], '2\n{}\r\n0\r\n\r\n')],
    ['a chunk whose size is no hexadecimal', asking([CHUNKED], '0x2\r\n{}\r\n0\r\n\r\n')],
    ['a chunk longer than it says', asking([CHUNKED], '1\r\n{}\r\n0\r\n\r\n')],
    ['HTTP/2 without asking', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'],
    ['a version that there is not', head('GET /hosts').replace('HTTP/1.1', 'HTTP/3.7')],
  ])('%s', async (_what, bytes) => {
    // The refusal also ends the connection, so that nothing after it is read as a request.
    const kept = `${bytes.replace('Connection: close\r\n', '')}${head('GET /healthz')}`;
    for (const sent of [bytes, kept]) {
      const answers = await exchange(port, sent);
      expect(answers).toHaveLength(1);
      expectRefusal(answers[0], [400]);
    }
    expect(await requests()).toBe(0);
  });

  it.each(['Host: localhost', 'host: evil.example', 'HOST:'])('a second Host: %s', async (second) => {
    const answers = await exchange(port, head('GET /hosts', second));
    expect(answers).toHaveLength(1);
    expectRefusal(answers[0], [400]);
  });

  it('a request without a version, which can name no server', async () => {
    const [answer] = await exchange(port, 'GET /hosts\r\n\r\n');
    expectRefusal(answer, [400, 403]);
  });

  it('a chunk with an extension larger than the headers may be', async () => {
    const [answer, ...others] = await exchange(
      port,
      asking([CHUNKED], `2;a=${'b'.repeat(20_000)}\r\n{}\r\n0\r\n\r\n`),
    );
    expectRefusal(answer, [413]);
    expect(others).toEqual([]);
  });
});

describe('a connection', () => {
  const plain = (path: string) => `GET ${path} HTTP/1.1\r\nHost: localhost\r\n\r\n`;

  it('answers several requests that come at once one by one, in order', async () => {
    const bytes = plain('/hosts') + plain('/nothing') + plain('/repos/thing/doi') + head('GET /healthz');
    const answers = await exchange(port, bytes);
    expect(answers.map(({ status }) => status)).toEqual([200, 404, 200, 200]);
    expect(answers[2]?.body).toContain('"repo_slug":"thing"');
  });

  it('answers no request that stands in the body of another one', async () => {
    const hidden = plain('/repos/thing/doi');
    const bytes = `${plain('/healthz').slice(0, -2)}Content-Length: ${hidden.length}\r\n\r\n${hidden}`;
    const answers = await exchange(port, bytes + head('GET /nothing'));
    expect(answers.map(({ status }) => status)).toEqual([200, 404]);
  });

  it('stays HTTP/1.1 whatever upgrade a client requests', async () => {
    for (const protocol of ['websocket', 'h2c', 'TLS/1.2']) {
      const bytes = `GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade, close\r\nUpgrade: ${protocol}\r\n\r\n`;
      expect(await exchange(port, bytes), protocol).toMatchObject([{ status: 200 }]);
    }
  });
});

describe('a body of JSON', () => {
  const length = (body: string) => [`Content-Length: ${Buffer.byteLength(body)}`];
  const deep = (depth: number) => '['.repeat(depth) + ']'.repeat(depth);

  it.each([
    ['with __proto__', '{"__proto__":{"if_stale":true}}'],
    ['with __proto__ written otherwise', '{"\\u005f_proto__":{"if_stale":true}}'],
    ['with a constructor', '{"constructor":{"prototype":{"if_stale":true}}}'],
    ['that is nested 32,000 times', deep(32_000)],
    ['with a field that is nested 32,000 times', `{"if_stale":${deep(32_000)}}`],
    ['with a number beyond all numbers', '{"if_stale":1e999}'],
    ['with a number of 60,000 digits', `{"if_stale":${'9'.repeat(60_000)}}`],
    ['with NaN', '{"if_stale":NaN}'],
    ['with a comma at the end', '{"if_stale":true,}'],
    ['that is not UTF-8', '{"if_stale":"\xff\xfe"}'],
    ['with a NUL behind it', '{"if_stale":true}\0'],
    ['with other JSON behind it', '{"if_stale":true}{"if_stale":true}'],
  ])('%s is refused', async (_what, body) => {
    const answers = await exchange(
      port,
      Buffer.from(asking([`Content-Length: ${body.length}`], body), 'latin1'),
    );
    expect(answers).toHaveLength(1);
    expectRefusal(answers[0], [400]);
    expect(await requests()).toBe(0);
  });

  it('with a field twice has the value of the last', async () => {
    const body = '{"if_stale":true,"if_stale":false}';
    expect(await exchange(port, asking(length(body), body))).toMatchObject([{ status: 202 }]);
    expect(await world.sql`delete from doi_request returning forced`).toEqual([{ forced: true }]);
  });

  it.each([
    ['nested two million times', deep(2_000_000)],
    ['with a payload nested so', `{"ref":${deep(1_000_000)}}`],
    ['with __proto__', '{"__proto__":{"ref":"refs/heads/main"},"repository":{"__proto__":{}}}'],
    ['of numbers beyond all numbers', '{"ref":1e999,"after":-1e999,"repository":9e9999}'],
    ['null', 'null'],
  ])('%s is no push, however well it is proven', async (_what, body) => {
    const headers = [
      ['Content-Type', 'application/json'],
      ['X-GitHub-Event', 'push'],
      ['X-Hub-Signature-256', `sha256=${hex(SECRETS.github, body)}`],
    ] as const;
    const reply = await deliver(url, { provider: 'github', headers, body });
    expect([200, 400], reply.text.slice(0, 300)).toContain(reply.status);
    expect(await requests()).toBe(0);
  });
});
