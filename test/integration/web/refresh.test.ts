import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { Scope } from '../../../src/platform/process/shutdown.js';
import { archiveRepositories } from '../../../src/registry/change.js';
import { openWorld, type World } from '../../helpers/world.js';
import { readRequest } from '../store/rows.js';
import { type Header, type Reply, send } from './deliveries.js';
import { startWeb, TOKEN } from './web.js';

const scope = new Scope();
let world: World;
let url: string;
beforeAll(async () => {
  world = scope.add('world', await openWorld('web-refresh'), (it) => it.close());
  for (const slug of ['thing', 'archived']) await world.add(slug);
  await archiveRepositories(world.sql, ['archived']);
  url = await startWeb(scope, { databaseUrl: world.url });
});
beforeEach(() => world.sql`delete from doi_request`);
afterAll(() => scope.close());

const HOST: Header = ['Host', 'localhost'];
const AUTH: Header = ['Authorization', `Bearer ${TOKEN}`];
const JSON_TYPE: Header = ['Content-Type', 'application/json'];

interface Asking {
  readonly slug?: string;
  readonly headers?: readonly Header[];
  readonly body?: string;
  readonly at?: string;
}
const ask = ({ slug = 'thing', headers = [HOST, AUTH], body = '', at = url }: Asking = {}) =>
  send(`${at}/repos/${slug}/doi/refresh`, { headers, body });

function expectProblem(reply: Reply, status: number, code: string): void {
  expect(reply.status, reply.text).toBe(status);
  expect(reply.headers['content-type']).toContain('application/problem+json');
  expect(reply.json).toMatchObject({ status, code });
  expect(reply.text).not.toContain(TOKEN);
}
const request = async (slug = 'thing') => readRequest(world.sql, await world.id(slug));

describe('POST …/refresh', () => {
  it('returns the request after it is committed, and judges every criterion again', async () => {
    const reply = await ask();
    expect(await request()).toMatchObject({ priority: 1, forced: true, wanted: null });
    expect(reply).toMatchObject({ status: 202, headers: { 'cache-control': 'no-store' } });
    const { refresh } = await world.read('thing');
    expect(reply.json).toEqual({ repo_slug: 'thing', refresh });
    expect(refresh).toMatchObject({ state: 'queued', reason: 'asked for by a person', forced: true });
  });

  it.each([
    ['{}', true],
    ['{"if_stale":false}', true],
    ['{"if_stale":true}', false],
  ])('with %s forces: %s', async (body, forced) => {
    expect(await ask({ headers: [HOST, AUTH, JSON_TYPE], body })).toMatchObject({ status: 202 });
    expect(await request()).toMatchObject({ forced });
  });

  it.each([
    ['an unknown field', '{"if_stale":true,"force":true}', 400],
    ['a text for a boolean', '{"if_stale":"true"}', 400],
    ['a list', '[]', 400],
    ['null', 'null', 400],
    ['no JSON', '{', 400],
    ['more than 64 KiB', `{"if_stale":true${' '.repeat(65_536)}}`, 413],
  ])('with %s is refused', async (_what, body, status) => {
    expectProblem(await ask({ headers: [HOST, AUTH, JSON_TYPE], body }), status, 'bad_request');
    expect(await request()).toBeUndefined();
  });

  it.each(['text/plain', 'application/x-www-form-urlencoded'])(
    'with a body of %s is refused',
    async (type) => {
      const answer = await ask({ headers: [HOST, AUTH, ['Content-Type', type]], body: '{}' });
      expectProblem(answer, 415, 'bad_request');
      expect(answer.json['remedy']).toContain('Content-Type: application/json');
    },
  );

  it('of an unknown or archived repository or an invalid slug is refused', async () => {
    expectProblem(await ask({ slug: 'thign' }), 404, 'unknown_repository');
    expectProblem(await ask({ slug: 'archived' }), 400, 'bad_request');
    expectProblem(await ask({ slug: 'a%2Fb' }), 400, 'bad_request');
    expectProblem(
      await send(`${url}/repos/thing/doi/refresh?force=1`, { headers: [HOST, AUTH] }),
      400,
      'bad_request',
    );
  });
});

describe('a client that may not request an evaluation', () => {
  it.each([
    ['no token', []],
    ['another token', [['Authorization', 'Bearer token-for-asking-0124']]],
    ['a longer token', [['Authorization', `Bearer ${TOKEN}0`]]],
    ['the token in another form', [['Authorization', `Basic ${TOKEN}`]]],
    ['the token as a cookie', [['Cookie', `token=${TOKEN}`]]],
  ] as [string, Header[]][])('gets 401 for %s, on loopback too', async (_what, headers) => {
    const reply = await ask({ headers: [HOST, ...headers] });
    expectProblem(reply, 401, 'unauthorized');
    expect(reply.headers['www-authenticate']).toBe('Bearer');
    expect(await request()).toBeUndefined();
  });

  it.each([
    ['from a foreign origin', [HOST, ['Origin', 'http://evil.example']]],
    ['from an origin that the browser hides', [HOST, ['Origin', 'null']]],
    ['from another port', [HOST, ['Origin', 'http://localhost:1']]],
    ['from two origins', [HOST, ['Origin', 'http://localhost'], ['Origin', 'http://evil.example']]],
    ['from another site', [HOST, ['Sec-Fetch-Site', 'cross-site']]],
    ['from another origin of the same site', [HOST, ['Sec-Fetch-Site', 'same-site']]],
    ['by a foreign name', [['Host', 'evil.example']]],
  ] as [string, Header[]][])('gets 403 for a request %s, with the token too', async (_what, headers) => {
    expectProblem(await ask({ headers: [...headers, AUTH] }), 403, 'forbidden');
    expect(await request()).toBeUndefined();
  });

  it('gets its refusal before the server reads the body', async () => {
    expectProblem(await ask({ headers: [HOST, JSON_TYPE], body: '{' }), 401, 'unauthorized');
  });

  it('does not include pages of this server', async () => {
    const own: Header[] = [HOST, ['Origin', 'http://localhost'], ['Sec-Fetch-Site', 'same-origin']];
    expect(await ask({ headers: [...own, AUTH] })).toMatchObject({ status: 202 });
  });

  it('includes every client, if DOI_TOKEN is not set', async () => {
    const off = new Scope();
    const at = await startWeb(off, { databaseUrl: world.url, env: { DOI_TOKEN: '' } });
    const reply = await ask({ at, headers: [HOST, AUTH] });
    expectProblem(reply, 403, 'forbidden');
    expect(reply.json['detail']).toContain('DOI_TOKEN');
    await off.close();
  });

  it('includes one with the token for reading; the token for requests works under any name', async () => {
    const other = new Scope();
    const readToken = 'token-for-reading-01';
    const at = await startWeb(other, { databaseUrl: world.url, env: { DOI_READ_TOKEN: readToken } });
    const name: Header = ['Host', 'doi.example'];
    expectProblem(
      await ask({ at, headers: [name, ['Authorization', `Bearer ${readToken}`]] }),
      401,
      'unauthorized',
    );
    expect(await ask({ at, headers: [name, AUTH] })).toMatchObject({ status: 202 });
    await other.close();
  });
});
