import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Scope } from '../../../src/platform/process/shutdown.js';
import { pathOfRoute, ROUTES } from '../../helpers/documented-routes.js';
import { openWorld, type World } from '../../helpers/world.js';
import { exchange } from '../../hostile/http/wire.js';
import { type Header, type Reply, send } from './deliveries.js';
import { startWeb, TOKEN } from './web.js';

const READ_TOKEN = 'token-for-reading-0123';
const scope = new Scope();
let world: World;
let closed: string;
let open: string;
beforeAll(async () => {
  world = scope.add('world', await openWorld('all-routes'), (it) => it.close());
  await world.add('thing');
  closed = await startWeb(scope, { databaseUrl: world.url, env: { DOI_READ_TOKEN: READ_TOKEN } });
  open = await startWeb(scope, { databaseUrl: world.url, env: { DOI_PUBLIC_BADGES: 'true' } });
});
afterAll(() => scope.close());

/** Routes without data, and those with another proof. */
const OPEN = ['/', '/criteria', '/healthz', '/readyz', '/schemas/:name.json', '/webhooks/:provider'];
const FENCED = ROUTES.filter(({ route }) => !OPEN.includes(route));
const SLUGS = ['thing', 'nothing', '..'];
const ADDRESSES = [
  ...FENCED.flatMap((it) => SLUGS.map((slug) => ({ method: it.method, path: pathOfRoute(it, slug) }))),
  ...['/nothing', '/repos/thing', '/repos/%zz/doi', '/healthz/x', '/HEALTHZ'].map((path) => ({
    method: 'GET',
    path,
  })),
];

const LOCAL: Header = ['Host', 'localhost'];
const without = (text: string) => text.replace(/"request_id":"[^"]*"/, '');

/** Texts that are not the token, many almost equal to it. */
const wrongToken = fc.oneof(
  fc.constantFrom(
    '',
    READ_TOKEN.slice(1),
    READ_TOKEN.slice(0, -1),
    `${READ_TOKEN}0`,
    READ_TOKEN.toUpperCase(),
  ),
  fc.stringMatching(/^[!-~]{1,40}$/),
  fc.nat(READ_TOKEN.length - 1).map((at) => `${READ_TOKEN.slice(0, at)}~${READ_TOKEN.slice(at + 1)}`),
);
const authorization = fc.oneof(
  fc.constant([] as Header[]),
  fc
    .tuple(fc.constantFrom('Bearer', 'bearer', 'Basic', 'Token', ''), wrongToken)
    .map(([scheme, token]): Header[] => [['Authorization', `${scheme} ${token}`]]),
  fc.constantFrom<Header[]>(
    [['Authorization', READ_TOKEN]],
    [['Authorization', `Basic ${Buffer.from(`x:${READ_TOKEN}`).toString('base64')}`]],
    [['Cookie', `token=${READ_TOKEN}`]],
    [['X-Api-Key', READ_TOKEN]],
    [['Proxy-Authorization', `Bearer ${READ_TOKEN}`]],
    [['Authorization', `Bearer ${READ_TOKEN} ${READ_TOKEN}`]],
  ),
);

describe('without the token for reading', () => {
  it('every route except those above is the same 401', async () => {
    expect(FENCED.length).toBeGreaterThan(7);
    const seen = new Set<string>();
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...ADDRESSES), authorization, async ({ method, path }, headers) => {
        // A refresh needs another token.
        const reply = await send(`${closed}${path}`, { method, headers: [LOCAL, ...headers] });
        expect(reply.status, `${method} ${path}`).toBe(401);
        expect(reply.headers).toMatchObject({
          'www-authenticate': 'Bearer',
          'cache-control': 'no-store',
          'content-type': 'application/problem+json; charset=utf-8',
        });
        expect(reply.headers['allow']).toBeUndefined();
        expect(reply.text).not.toMatch(/thing|token-for/);
        if (method !== 'POST') seen.add(without(reply.text));
      }),
      { numRuns: 400 },
    );
    // So a client cannot learn which paths exist.
    expect(seen.size).toBe(1);
  }, 60_000);

  it('liveness and readiness are answered, without any name', async () => {
    await world.sql`
      insert into doi_host (host, heartbeat, version, capacity, isolation)
      values ('host-of-mine', clock_timestamp(), '1.0.0', 1, 'none')`;
    for (const path of ['/healthz', '/readyz']) {
      const reply = await send(`${closed}${path}`, { method: 'GET', headers: [LOCAL] });
      expect(reply, path).toMatchObject({ status: 200 });
      expect(
        Object.keys(reply.json).filter((key) => !['status', 'release', 'isolation'].includes(key)),
      ).toEqual([]);
      expect(reply.text).not.toMatch(/thing|host-of-mine|postgres/);
    }
  });

  it('when a health check comes by address or without a Host header, then liveness and readiness are answered', async () => {
    for (const { port } of [new URL(open), new URL(closed)]) {
      for (const path of ['/healthz', '/readyz']) {
        for (const request of [`GET ${path} HTTP/1.0`, `GET ${path} HTTP/1.1\r\nHost: 10.0.0.7:8080`]) {
          const answer = await exchange(Number(port), `${request}\r\nConnection: close\r\n\r\n`);
          expect(answer, request).toMatchObject([{ status: 200 }]);
        }
      }
    }
  });

  it('when an editor asks by any Host for a schema, then it gets it, and may keep it for an hour', async () => {
    for (const at of [open, closed]) {
      const reply = await send(`${at}/schemas/tpsc.json`, {
        method: 'GET',
        headers: [['Host', 'any.example']],
      });
      expect(reply).toMatchObject({ status: 200, json: { $id: 'urn:doi-worker:schemas:tpsc' } });
      expect(reply.headers).toMatchObject({
        'content-type': 'application/schema+json',
        'cache-control': 'public, max-age=3600',
        etag: expect.stringMatching(/^"/),
      });
      const again: Header[] = [
        ['Host', 'any.example'],
        ['If-None-Match', String(reply.headers['etag'])],
      ];
      expect(await send(`${at}/schemas/tpsc.json`, { method: 'GET', headers: again })).toMatchObject({
        status: 304,
      });
      const other = await send(`${at}/schemas/__proto__.json`, { method: 'GET', headers: [LOCAL] });
      expect(other).toMatchObject({ status: 404, json: { code: 'unknown_route' } });
    }
  });

  it('each token is only valid for its own purpose', async () => {
    const by = (path: string, method: string, token: string) =>
      send(`${closed}${path}`, { method, headers: [LOCAL, ['Authorization', `Bearer ${token}`]] });
    expect(await by('/hosts', 'GET', TOKEN)).toMatchObject({ status: 401 });
    expect(await by('/repos/thing/doi/refresh', 'POST', READ_TOKEN)).toMatchObject({ status: 401 });
    expect(await by('/hosts', 'GET', READ_TOKEN)).toMatchObject({ status: 200 });
  });
});

describe('every answer', () => {
  const all = ROUTES.flatMap((it) =>
    SLUGS.map((slug) => ({ method: it.method, path: pathOfRoute(it, slug) })),
  );
  const ask = (at: string, method: string, path: string): Promise<Reply> =>
    send(`${at}${path}`, { method, headers: [LOCAL] }).catch((error) => {
      throw new Error(`${method} ${path}`, { cause: error });
    });

  it('forbids a browser to run anything, and does not name what serves it', async () => {
    for (const { method, path } of all.filter(({ path }) => !path.endsWith('.svg'))) {
      for (const at of [open, closed]) {
        const { headers } = await ask(at, method, path);
        expect(headers, path).toMatchObject({
          'x-content-type-options': 'nosniff',
          'referrer-policy': 'no-referrer',
          'cross-origin-resource-policy': 'same-origin',
        });
        const policy = String(headers['content-security-policy']);
        expect(policy, path).toMatch(/^default-src 'none';/);
        expect(policy, path).not.toMatch(/unsafe|\*|https?:/);
        expect(
          Object.keys(headers).filter((name) =>
            /^server$|^x-powered|^access-control|^set-cookie$/.test(name),
          ),
        ).toEqual([]);
      }
    }
  });
});

it('when reading needs no token, then no other site can load a badge, and the badge runs nothing', async () => {
  const badge = await fetch(`${open}/repos/thing/doi/badge.svg`);
  expect(badge.status).toBe(200);
  expect(badge.headers.get('cross-origin-resource-policy')).toBe('same-origin');
  expect(badge.headers.get('content-security-policy')).toMatch(
    /^default-src 'none'; style-src 'unsafe-inline'/,
  );
  expect(badge.headers.get('access-control-allow-origin')).toBeNull();
  const refused = await fetch(`${open}/repos/nothing/doi/badge.svg`);
  expect(refused.headers.get('cross-origin-resource-policy')).toBe('same-origin');
});
