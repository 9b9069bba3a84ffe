/** Conditional requests and encodings of a report. */
import { gunzipSync } from 'node:zlib';
import fc from 'fast-check';
import type { FastifyInstance } from 'fastify';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openLog } from '../../../src/platform/log.js';
import { readReport } from '../../../src/reader/read-report.js';
import { addReaderRoutes } from '../../../src/reader/routes/index.js';
import { makeCheckedServer } from '../../helpers/checked-server.js';
import { openWorld, type World } from '../../helpers/world.js';

const SLUG = 'widget';
const URL = `/repos/${SLUG}/doi`;

let world: World;
const servers: FastifyInstance[] = [];
beforeAll(async () => {
  world = await openWorld('conditional');
  await world.add(SLUG, { 'SCOPE.md': '# Scope\n' });
  await world.evaluate(SLUG);
});
afterAll(async () => {
  for (const server of servers) await server.close();
  await world.close();
});

function serve(freshMs: number): FastifyInstance {
  const server = makeCheckedServer({
    log: openLog('test', 'silent'),
    address: '127.0.0.1',
    readToken: undefined,
  });
  addReaderRoutes(server, { ...world.deps, freshMs });
  servers.push(server);
  return server;
}

const get = (server: FastifyInstance, headers: Record<string, string> = {}) =>
  server.inject({ url: URL, headers });

describe('a report over HTTP', () => {
  it('is a 304 with all its headers for a client that has it', async () => {
    const server = serve(0);
    const first = await get(server);
    const { etag } = first.headers;
    expect(etag).toMatch(/^"[\w-]{22}"$/);
    for (const known of [String(etag), `"other", ${etag}`, `W/${etag}`, '*']) {
      const again = await get(server, { 'if-none-match': known });
      expect([again.statusCode, again.body], known).toEqual([304, '']);
      expect(again.headers).toMatchObject({
        etag,
        vary: 'accept-encoding',
        'cache-control': 'no-cache, private',
        'doi-verified-at': expect.stringMatching(/Z$/),
      });
    }
    expect((await get(server, { 'if-none-match': '"other"' })).statusCode).toBe(200);
    expect((await get(server, { 'cache-control': 'no-cache' })).statusCode).toBe(200);
  });

  it('is a 304 also for a script in a browser, which sends `cache-control: no-cache`', async () => {
    const server = serve(0);
    const { etag } = (await get(server)).headers;
    const headers = { 'if-none-match': String(etag), 'cache-control': 'no-cache', pragma: 'no-cache' };
    expect((await get(server, headers)).statusCode).toBe(304);
  });

  it('says whether it was cached', async () => {
    const server = serve(60_000);
    const cacheStatus = async () => (await get(server)).headers['cache-status'];
    expect(await cacheStatus()).toMatch(
      /^doi-worker; fwd=miss; ttl=(?:5\d; doi-ttl-ms=5\d{4}|60; doi-ttl-ms=60000); doi-bound-ms=60000$/,
    );
    expect(await cacheStatus()).toMatch(/^doi-worker; hit; ttl=5\d; doi-ttl-ms=5\d{4}; doi-bound-ms=60000$/);
    await world.evaluate(SLUG, { forced: true });
    expect(await cacheStatus()).toMatch(
      /^doi-worker; fwd=miss; ttl=(?:5\d; doi-ttl-ms=5\d{4}|60; doi-ttl-ms=60000); doi-bound-ms=60000$/,
    );
  });

  it('says since when and why it is stale', async () => {
    const server = serve(0);
    await world.write(SLUG, 'SCOPE.md', '# Another scope\n');
    const [row] = await world.sql<{ age: number }[]>`
      select extract(epoch from clock_timestamp() - checked_at)::float as age from doi_cache`;
    const { headers } = await get(server);
    const [, ttl, detail] = /; ttl=(-\d+); detail="(.*)"$/.exec(String(headers['cache-status'])) ?? [];
    expect(-Number(ttl)).toBeGreaterThanOrEqual(row?.age ?? Infinity);
    expect(-Number(ttl)).toBeLessThan((row?.age ?? 0) + 10);
    expect(detail).toBe('input_changed');
    await world.add('new');
    const other = await server.inject({ url: '/repos/new/doi' });
    expect(other.headers['cache-status']).toBe('doi-worker; fwd=miss; detail="never_evaluated"');
  });

  it('is zipped for a client that accepts gzip, with a tag of its own', async () => {
    const server = serve(0);
    const plain = await get(server);
    const zipped = await get(server, { 'accept-encoding': 'br, gzip;q=0.8' });
    expect(zipped.headers['content-encoding']).toBe('gzip');
    expect(gunzipSync(zipped.rawPayload).toString()).toBe(plain.body);
    const { etag } = zipped.headers;
    expect(etag).not.toBe(plain.headers.etag);
    const again = { 'accept-encoding': 'gzip', 'if-none-match': String(etag) };
    expect((await get(server, again)).statusCode).toBe(304);
    expect((await get(server, { 'if-none-match': String(etag) })).statusCode).toBe(200);
    for (const refused of ['gzip;q=0', 'identity', 'br']) {
      const reply = await get(server, { 'accept-encoding': refused });
      expect(reply.headers['content-encoding'], refused).toBeUndefined();
    }
  });

  it('is answered to HEAD without its body', async () => {
    const server = serve(0);
    const whole = await get(server);
    const head = await server.inject({ url: URL, method: 'HEAD' });
    expect([head.statusCode, head.body]).toEqual([200, '']);
    expect(head.headers).toMatchObject({
      etag: whole.headers.etag,
      'content-length': String(Buffer.byteLength(whole.body)),
    });
  });
});

const STEPS = {
  edit: (n: number) => world.write(SLUG, 'SCOPE.md', `# Scope ${n}\n`),
  evaluate: () => world.evaluate(SLUG),
  force: () => world.evaluate(SLUG, { forced: true }),
  remote: (n: number) => world.sql`update managed_repos set remote_url = ${`https://example.org/a/${n}`}`,
  nothing: async () => {},
};

it('a client that only follows tags misses no change, after any history', async () => {
  const server = serve(0);
  let known: { etag: string; body: string } | undefined;
  let changes = 0;
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.record({ step: fc.constantFrom(...Object.keys(STEPS)), n: fc.nat(3) }), { maxLength: 12 }),
      async (history) => {
        for (const { step, n } of history) {
          await STEPS[step as keyof typeof STEPS](n);
          const reply = await get(server, known === undefined ? {} : { 'if-none-match': known.etag });
          const truth = JSON.stringify((await readReport(world.deps, SLUG)).answer);
          if (reply.statusCode === 304) expect(known?.body).toBe(truth);
          else {
            expect(reply.body).toBe(truth);
            expect(reply.body).not.toBe(known?.body);
            known = { etag: String(reply.headers.etag), body: reply.body };
            changes += 1;
          }
        }
      },
    ),
    { numRuns: 15 },
  );
  expect(changes).toBeGreaterThan(5);
}, 120_000);
