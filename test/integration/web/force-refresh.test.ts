/** A read that waits for an evaluation first, for clients of the hub that cannot poll. */
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import type { ReportAnswer } from '../../../src/api/report.js';
import { Scope } from '../../../src/platform/process/shutdown.js';
import { archiveRepositories } from '../../../src/registry/change.js';
import { openWorld, type World } from '../../helpers/world.js';
import { readRequest } from '../store/rows.js';
import { startWeb, TOKEN } from './web.js';

const scope = new Scope();
let world: World;
let url: string;
beforeAll(async () => {
  world = scope.add('world', await openWorld('force-refresh'), (it) => it.close());
  for (const slug of ['thing', 'archived']) await world.add(slug);
  await world.evaluate('thing');
  await archiveRepositories(world.sql, ['archived']);
  url = await startWeb(scope, { databaseUrl: world.url });
});
beforeEach(() => world.sql`delete from doi_request`);
afterAll(() => scope.close());

interface Asking {
  readonly slug?: string;
  readonly query?: string;
  readonly headers?: Record<string, string>;
  readonly signal?: AbortSignal;
}
const authorization = `Bearer ${TOKEN}`;
const ask = ({
  slug = 'thing',
  query = 'force_refresh=true',
  headers = { authorization },
  signal,
}: Asking = {}) =>
  fetch(`${url}/repos/${slug}/doi?${query}`, { headers, ...(signal === undefined ? {} : { signal }) });
const request = async () => readRequest(world.sql, await world.id('thing'));
const isAsked = () => vi.waitFor(async () => expect(await request()).toMatchObject({ forced: true }), 5000);

describe('a forced refresh', () => {
  it('returns the fresh report after the evaluation', async () => {
    const before = (await world.read('thing')).checked_at;
    const reply = ask({ query: 'force_refresh=true&wait=30' });
    await isAsked();
    expect(await request()).toMatchObject({ priority: 1, forced: true });
    await world.evaluate('thing');
    const { status, headers } = await reply;
    const answer = (await (await reply).json()) as ReportAnswer;
    expect(status).toBe(200);
    expect(headers.get('cache-control')).toBe('no-store');
    expect(headers.get('etag')).toBeNull();
    expect(answer).toMatchObject({ repo_slug: 'thing', stale: false, refresh: null });
    expect(String(answer.checked_at) > String(before)).toBe(true);
  });

  it('returns the earlier report if no worker has evaluated in time', async () => {
    const reply = await ask({ query: 'force_refresh=true&wait=0' });
    expect(reply.status).toBe(202);
    expect(await reply.json()).toMatchObject({
      repo_slug: 'thing',
      refresh: { state: 'queued', forced: true },
    });
  });

  it('is never a 304', async () => {
    const headers = { authorization, 'if-none-match': '*' };
    expect((await ask({ query: 'force_refresh=true&wait=0', headers })).status).toBe(202);
  });

  it('needs the same authorization as a POST, and makes no request without it', async () => {
    for (const [headers, status] of [
      [{}, 401],
      [{ authorization: `Bearer ${TOKEN}x` }, 401],
      [{ authorization, origin: 'https://evil.example' }, 403],
      [{ authorization, 'sec-fetch-site': 'cross-site' }, 403],
    ] as const)
      expect((await ask({ headers })).status, JSON.stringify(headers)).toBe(status);
    expect(await request()).toBeUndefined();
  });

  it('is refused for a HEAD', async () => {
    const reply = await fetch(`${url}/repos/thing/doi?force_refresh=true`, {
      method: 'HEAD',
      headers: { authorization },
    });
    expect(reply.status).toBe(400);
    expect(await request()).toBeUndefined();
  });

  it('accepts no other parameters', async () => {
    for (const query of [
      'wait=5',
      'force_refresh=false&wait=5',
      'force_refresh=true&wait=31',
      'force_refresh=1',
    ])
      expect((await ask({ query })).status, query).toBe(400);
    expect((await ask({ query: 'force_refresh=false', headers: {} })).status).toBe(200);
    expect((await ask({ slug: 'archived' })).status).toBe(400);
    expect((await ask({ slug: 'unknown' })).status).toBe(404);
    expect(await request()).toBeUndefined();
  });

  it('has 32 places, which clients that disconnect leave', async () => {
    const gone = new AbortController();
    const waiting = Array.from({ length: 32 }, () =>
      ask({ query: 'force_refresh=true&wait=30', signal: gone.signal }).catch(() => 'gone'),
    );
    const full = await vi.waitFor(async () => {
      const reply = await ask({ query: 'force_refresh=true&wait=0' });
      expect(reply.status).toBe(503);
      return reply;
    }, 5000);
    expect(full.headers.get('retry-after')).toBe('1');
    expect(await full.json()).toMatchObject({ code: 'too_many_waiting' });
    // Other reads are answered meanwhile.
    expect((await ask({ query: '', headers: {} })).status).toBe(200);
    gone.abort();
    expect(new Set(await Promise.all(waiting))).toEqual(new Set(['gone']));
    await expect.poll(async () => (await ask({ query: 'force_refresh=true&wait=0' })).status).toBe(202);
  });
});

it('a server that stops answers the clients that wait', async () => {
  const own = new Scope();
  const other = await startWeb(own, { databaseUrl: world.url });
  const reply = fetch(`${other}/repos/thing/doi?force_refresh=true&wait=30`, { headers: { authorization } });
  await isAsked();
  await own.close();
  expect((await reply).status).toBe(202);
});
