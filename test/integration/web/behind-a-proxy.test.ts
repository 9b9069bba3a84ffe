import { readFileSync } from 'node:fs';
import { request as ask } from 'node:http';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { packageRoot } from '../../../src/platform/process/package-root.js';
import { Scope } from '../../../src/platform/process/shutdown.js';
import { openWorld, type World } from '../../helpers/world.js';
import { deliveryOf, type Header, type Reply, send } from './deliveries.js';
import { startProxy } from './proxy.js';
import { startWeb, TOKEN } from './web.js';

const BASE = '/custodian';
const PUBLIC_HOST = 'doi.example.org';
const ORIGIN = `https://${PUBLIC_HOST}`;

/** How a proxy changes an HTTP request, and the lines of docs/operations.md that configure it so. */
interface Mode {
  readonly name: string;
  readonly takesBaseOff: boolean;
  /** Whether it sends the client's `Host` header, or that of the server behind it. */
  readonly keepsHost: boolean;
  readonly lines: readonly string[];
}
const MODES: readonly Mode[] = [
  {
    name: 'passes path and name on (nginx)',
    ...{ takesBaseOff: false, keepsHost: true },
    lines: ['location /custodian/ {', 'proxy_pass http://127.0.0.1:8080;', 'proxy_set_header Host $host;'],
  },
  {
    name: 'takes the base path off and passes the name on (Caddy)',
    ...{ takesBaseOff: true, keepsHost: true },
    lines: ['handle_path /custodian/* {', 'reverse_proxy 127.0.0.1:8080'],
  },
  {
    name: 'passes the path on (Caddy)',
    ...{ takesBaseOff: false, keepsHost: true },
    lines: ['reverse_proxy /custodian/* 127.0.0.1:8080'],
  },
  { name: 'passes the path on under its own name', takesBaseOff: false, keepsHost: false, lines: [] },
  { name: 'takes the base path off under its own name', takesBaseOff: true, keepsHost: false, lines: [] },
];

const scope = new Scope();
let world: World;
let url: string;
beforeAll(async () => {
  world = scope.add('world', await openWorld('proxy'), (it) => it.close());
  await world.add('thing');
  await world.sql`update managed_repos set remote_url = 'https://git.example/acme/thing'`;
  const env = { DOI_PUBLIC_URL: `${ORIGIN}${BASE}` };
  url = await startWeb(scope, { databaseUrl: world.url, env });
});
afterAll(() => scope.close());

const HOST: Header = ['Host', PUBLIC_HOST];
const AUTH: Header = ['Authorization', `Bearer ${TOKEN}`];
const get = (at: string, headers: readonly Header[] = [HOST]) => send(at, { method: 'GET', headers });

describe.each(MODES)('behind a proxy that $name', (mode) => {
  let proxy: string;
  beforeAll(async () => {
    proxy = await startProxy(scope, { ...mode, target: url, base: BASE });
  });

  it('reads are answered', async () => {
    const reply = await get(`${proxy}${BASE}/repos/thing/doi`);
    expect(reply).toMatchObject({ status: 200, json: { repo_slug: 'thing' } });
    for (const path of ['/healthz', '/readyz', '/hosts?'])
      expect(await get(`${proxy}${BASE}${path}`), path).toMatchObject({ status: 200 });
  });

  it('a page of the public origin may request an evaluation, and no other page', async () => {
    const by = (origin: string) =>
      send(`${proxy}${BASE}/repos/thing/doi/refresh`, {
        headers: [HOST, AUTH, ['Origin', origin], ['Sec-Fetch-Site', 'same-origin']],
      });
    expect(await by(ORIGIN)).toMatchObject({ status: 202 });
    for (const origin of ['http://doi.example.org', `${ORIGIN}:444`, 'https://evil.example', 'null'])
      expect(await by(origin), origin).toMatchObject({ status: 403, json: { code: 'forbidden' } });
  });

  it('a push is accepted', async () => {
    const { headers, body } = deliveryOf('github');
    const reply = await send(`${proxy}${BASE}/webhooks/github`, { headers: [HOST, ...headers], body });
    expect(reply).toMatchObject({ status: 202, json: { repositories: ['thing'] } });
  });

  it('docs/operations.md has the lines for it', () => {
    const text = readFileSync(join(packageRoot, 'docs/operations.md'), 'utf8');
    for (const line of mode.lines) expect(text).toContain(line);
  });
});

describe('a server with a public URL', () => {
  it.each([PUBLIC_HOST, 'DOI.example.org', `${PUBLIC_HOST}:443`, `${PUBLIC_HOST}:8080`, '127.0.0.1'])(
    'is known as %s',
    async (host) => {
      expect(await get(`${url}/hosts`, [['Host', host]])).toMatchObject({ status: 200 });
    },
  );

  it.each([
    `${PUBLIC_HOST}.evil.example`,
    `evil.example@${PUBLIC_HOST}`,
    `${PUBLIC_HOST}:80:evil`,
    `x.${PUBLIC_HOST}`,
    `${PUBLIC_HOST}.`,
    `${PUBLIC_HOST}/custodian`,
  ])('is not known as %s, whatever a proxy is said to have forwarded', async (host) => {
    const forwarded: Header[] = [
      ['X-Forwarded-Host', PUBLIC_HOST],
      ['X-Forwarded-For', '127.0.0.1'],
      ['Forwarded', `host=${PUBLIC_HOST}`],
    ];
    for (const more of [[], forwarded])
      expect(await get(`${url}/hosts`, [['Host', host], ...more])).toMatchObject({ status: 403 });
  });

  it('uses no prefix from a header', async () => {
    const reply = await get(`${url}/other/hosts`, [HOST, ['X-Forwarded-Prefix', '/other']]);
    expect(reply).toMatchObject({ status: 404 });
  });

  it.each([
    '/custodianX/hosts',
    '/custodianhosts',
    '/Custodian/hosts',
    '/%63ustodian/hosts',
    '/./custodian/hosts',
    '/x/../custodian/hosts',
    '//custodian/hosts',
    '/custodian//hosts',
    '/custodian/./hosts',
    '/custodian/x/../hosts',
    '/custodian/%2e/hosts',
    '/custodian%2Fhosts',
    '/custodian\\hosts',
    '/custodian/custodian/hosts',
  ])('finds nothing at %s', async (path) => {
    const reply = await raw(path);
    expect([400, 404], reply.text).toContain(reply.status);
    expect(reply.headers['content-type']).toContain('application/problem+json');
  });

  it('sends the base path alone to the page below it', async () => {
    const reply = await raw('/custodian');
    expect(reply).toMatchObject({ status: 308, headers: { location: `${ORIGIN}${BASE}/` } });
  });

  it('has its public URL in the OpenAPI document', async () => {
    const reply = await get(`${url}/openapi.json`);
    expect(reply.json).toMatchObject({ servers: [{ url: `${ORIGIN}${BASE}` }] });
  });

  it('refuses to start with a base path that its own paths begin with', async () => {
    const mine = new Scope();
    const env = { DOI_PUBLIC_URL: `${ORIGIN}/repos` };
    const started = startWeb(mine, { databaseUrl: world.url, env });
    await expect(started).rejects.toMatchObject({ code: 'bad_configuration' });
    await mine.close();
  });
});

/** Requests a raw path, which a URL object would normalize. */
function raw(path: string): Promise<Reply> {
  return new Promise((resolve, reject) => {
    const asked = ask(url, { path, headers: { host: PUBLIC_HOST }, agent: false }, (answer) => {
      let text = '';
      answer.setEncoding('utf8').on('data', (more: string) => {
        text += more;
      });
      answer.on('end', () =>
        resolve({ status: answer.statusCode ?? 0, headers: answer.headers, text, json: {} }),
      );
    });
    asked.on('error', reject);
    asked.end();
  });
}
