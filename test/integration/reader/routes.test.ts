import type { FastifyInstance } from 'fastify';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openLog } from '../../../src/platform/log.js';
import { closeSql, openSql, type Sql } from '../../../src/platform/postgres/sql.js';
import { addHealthRoutes } from '../../../src/reader/routes/health.js';
import { addReaderRoutes } from '../../../src/reader/routes/index.js';
import type { PreparedSummary } from '../../../src/reader/summary/prepared-summary.js';
import { announceHost, readDatabaseTime } from '../../../src/store/hosts/heartbeat.js';
import { recordHostProblem } from '../../../src/store/hosts/host-problem.js';
import { makeCheckedServer } from '../../helpers/checked-server.js';
import { writeHeartbeat } from '../../helpers/heartbeat.js';
import { makeSummary } from '../../helpers/summary.js';
import { openWorld, type World } from '../../helpers/world.js';

const NOWHERE = 'postgres://nobody@127.0.0.1:1/none';
const TOKEN = 'a-token-of-sixteen-or-more';

let world: World;
let closed: Sql;
let closedSummary: PreparedSummary;
const servers: FastifyInstance[] = [];
beforeAll(async () => {
  world = await openWorld('routes');
  await world.add('known', { 'SCOPE.md': '# Scope\n' });
  await world.evaluate('known');
  closed = openSql({ url: NOWHERE, purpose: 'test', connections: 2 });
  closedSummary = makeSummary(world.deps, { databaseUrl: NOWHERE });
});
afterAll(async () => {
  for (const server of servers) await server.close();
  await closedSummary.close();
  await closeSql(closed);
  await world.close();
});

function serve(settings: { readToken?: string; sql?: Sql; summary?: PreparedSummary } = {}): FastifyInstance {
  const log = openLog('test', 'silent');
  const server = makeCheckedServer({ log, address: '127.0.0.1', readToken: settings.readToken });
  const { sql = world.deps.sql, summary = sql === closed ? closedSummary : world.deps.summary } = settings;
  const deps = { ...world.deps, sql, summary };
  addHealthRoutes(server, deps);
  addReaderRoutes(server, deps);
  servers.push(server);
  return server;
}

/** Every error has one form, and no cache keeps it. */
function expectProblem(reply: Awaited<ReturnType<FastifyInstance['inject']>>, status: number, code: string) {
  expect(reply.statusCode).toBe(status);
  expect(reply.headers['content-type']).toContain('application/problem+json');
  expect(reply.headers['cache-control']).toBe('no-store');
  const body: Record<string, unknown> = reply.json();
  expect(body).toMatchObject({ status, code, type: 'about:blank', request_id: expect.any(String) });
  for (const key of ['title', 'detail', 'remedy']) expect(body[key]).toEqual(expect.stringMatching(/\S/));
  expect(reply.body).not.toContain('node_modules');
}

describe('the routes of the reader', () => {
  it('return the report, and when it was verified', async () => {
    const reply = await serve().inject('/repos/known/doi');
    expect(reply.statusCode).toBe(200);
    expect(reply.headers).toMatchObject({
      'content-type': 'application/json; charset=utf-8',
      'cache-control': 'no-cache, private',
      'doi-verified-at': expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
    });
    expect(reply.json()).toEqual(await world.read('known'));
    expect(Object.keys(reply.json())).toEqual([
      ...['repo_slug', 'tier', 'core_pass', 'standard_pass', 'full_pass', 'criteria', 'checked_at', 'stale'],
      ...[
        'stale_reasons',
        'verified',
        'fingerprint',
        'web_url',
        'checkout',
        'refresh',
        'failure',
        'host_trouble',
      ],
      ...['next_tier', 'evaluation'],
    ]);
  });

  it('return the summary, filtered', async () => {
    const server = serve();
    const all = await server.inject('/repos/doi/summary');
    expect(all.statusCode).toBe(200);
    expect(all.json()).toMatchObject([{ repo_slug: 'known', verified: 'observed', broken: false }]);
    const none = await server.inject('/repos/doi/summary?tier=full&stale=false&broken=true&domain=x');
    expect(none.json()).toEqual([]);
  });

  it('return the hosts: whether they are silent, and their problems', async () => {
    const { sql } = world;
    await announceHost(sql, { host: 'there', version: '1.0.0', capacity: 2, isolation: 'none' });
    const before = (await serve().inject('/hosts')).json();
    const { version } = world.deps.release;
    expect(before).toEqual([
      {
        ...{ host: 'here', heartbeat: null, version, capacity: 1, isolation: 'none', repositories: 1 },
        ...{ silent: true, trouble: null, criteria: null, built_at: null, machine: null },
      },
      {
        host: 'there',
        heartbeat: null,
        version: '1.0.0',
        capacity: 2,
        isolation: 'none',
        repositories: 0,
        ...{ silent: true, trouble: null, criteria: null, built_at: null, machine: null },
      },
    ]);
    await writeHeartbeat(sql, {
      host: 'here',
      version,
      capacity: 4,
      isolation: 'timeout',
      passBeganAt: await readDatabaseTime(sql),
    });
    const trouble = { code: 'checker_broken', message: 'It broke.', remedy: 'Repair it.' };
    await recordHostProblem(sql, {
      host: 'here',
      worker: 'w',
      problem: { ...trouble, agoMs: 0 },
      silentMs: 1000,
    });
    const reply = await serve().inject('/hosts');
    expect(reply.headers['cache-control']).toBe('no-cache, private');
    const time = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
    const shown = { ...trouble, since: time };
    expect(reply.json()[0]).toEqual({
      ...{ host: 'here', heartbeat: time, version, capacity: 4, isolation: 'timeout', repositories: 1 },
      ...{ silent: false, trouble: shown, criteria: null, built_at: null, machine: null },
    });
    expect((await world.read('known')).host_trouble).toEqual({ host: 'here', ...shown });
    const ready = async () => (await serve().inject('/readyz')).json();
    expect(await ready()).toEqual({ status: 'ready', release: version, isolation: 'timeout' });
    await sql`update doi_host set heartbeat = clock_timestamp() - interval '61 seconds' where host = 'here'`;
    expect((await serve().inject('/hosts')).json()[0]).toMatchObject({ silent: true });
    expect(await ready()).toMatchObject({ isolation: null });
    await sql`update doi_host set heartbeat = clock_timestamp() + interval '1 hour' where host = 'here'`;
    expect((await serve().inject('/hosts')).json()[0]).toMatchObject({ silent: true });
    // A problem of another host does not concern the repository.
    await sql`update managed_repos set host_paths = '{"there": "/somewhere"}' where slug = 'known'`;
    expect((await world.read('known')).host_trouble).toBeNull();
    await sql`update managed_repos set host_paths = '{}' where slug = 'known'`;
    await recordHostProblem(sql, { host: 'here', worker: 'w', problem: undefined, silentMs: 1000 });
  });

  it('return 404 for an unknown slug and for an unknown path', async () => {
    const server = serve();
    expectProblem(await server.inject('/repos/unknown/doi'), 404, 'unknown_repository');
    expectProblem(await server.inject('/repos/known'), 404, 'unknown_route');
    expectProblem(
      await server.inject({ method: 'POST', url: '/repos/known/doi' }),
      405,
      'method_not_allowed',
    );
  });

  it.each([
    '/repos/.hidden/doi',
    '/repos/a%2F..%2Fb/doi',
    '/repos/a%00b/doi',
    '/repos/a%20b/doi',
    '/repos/%ff/doi',
    `/repos/${'a'.repeat(101)}/doi`,
    '/repos/known/doi?unknown=1',
    '/repos/doi/summary?unknown=1',
    '/repos/doi/summary?stale=yes',
    '/repos/doi/summary?stale=true&stale=false',
    '/repos/doi/summary?tier=gold',
    '/hosts?unknown=1',
  ])('refuse what is not in their form: %s', async (url) => {
    expectProblem(await serve().inject(url), 400, 'bad_request');
  });
});

describe('a client may read', () => {
  const asking = (host: string) => ({ url: '/repos/known/doi', headers: { host } });

  it('if it addresses this server by a known name', async () => {
    const server = serve();
    for (const host of ['localhost', 'localhost:8080', '127.0.0.1:8080', '[::1]:8080'])
      expect((await server.inject(asking(host))).statusCode, host).toBe(200);
    for (const host of ['evil.example', 'localhost.evil.example', '127.0.0.1.evil.example:80'])
      expectProblem(await server.inject(asking(host)), 403, 'forbidden');
  });

  it('if a token is configured and it sends that, by any name', async () => {
    const server = serve({ readToken: TOKEN });
    const bearing = (authorization: string) =>
      server.inject({ url: '/repos/known/doi', headers: { host: 'doi.example', authorization } });
    expect((await bearing(`Bearer ${TOKEN}`)).statusCode).toBe(200);
    for (const wrong of [
      '',
      'Bearer',
      `Bearer ${TOKEN}x`,
      `Bearer ${TOKEN.slice(1)}`,
      `Basic ${TOKEN}`,
      TOKEN,
    ]) {
      const reply = await bearing(wrong);
      expectProblem(reply, 401, 'unauthorized');
      expect(reply.headers['www-authenticate']).toBe('Bearer');
      expect(reply.body).not.toContain(TOKEN);
    }
    for (const url of ['/healthz', '/readyz']) expect((await server.inject(url)).statusCode).toBe(200);
    expectProblem(await server.inject('/repos/doi/summary'), 401, 'unauthorized');
  });
});

describe('without a database', () => {
  it.each(['/repos/known/doi', '/repos/doi/summary', '/hosts', '/readyz'])(
    '%s answers 503 at once, and when to ask again',
    async (url) => {
      const server = serve({ sql: closed });
      const began = performance.now();
      const reply = await server.inject(url);
      // Promised at once, here 500 ms; the test allows five times that.
      expect(performance.now() - began).toBeLessThan(2500);
      expectProblem(reply, 503, 'database_unavailable');
      expect(reply.headers['retry-after']).toMatch(/^\d+$/);
    },
  );

  it('/readyz is 503 when reports cannot be read in time, although other routes answer', async () => {
    const slow = openSql({ url: world.url, purpose: 'test', connections: 1, statementTimeoutMs: 600 });
    const server = serve({ sql: slow });
    try {
      await world.sql.begin(async (sql) => {
        await sql`lock table doi_evaluation in access exclusive mode`;
        const reply = await server.inject('/readyz');
        expectProblem(reply, 503, 'database_unavailable');
        // Any client may send it, so the answer does not say what broke.
        expect(reply.json().detail).toBe('Reports cannot be read now.');
        expect((await server.inject('/hosts')).statusCode).toBe(200);
      });
    } finally {
      await closeSql(slow);
    }
  });

  it('/readyz is 503 when only the summary cannot be read', async () => {
    expectProblem(await serve({ summary: closedSummary }).inject('/readyz'), 503, 'database_unavailable');
  });

  it('/healthz is 200', async () => {
    expect((await serve({ sql: closed }).inject('/healthz')).json()).toMatchObject({ status: 'ok' });
  });
});
