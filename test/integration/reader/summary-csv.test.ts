/** The summary as CSV over HTTP: which clients get it, and that it has the same entries. */
import { gunzipSync } from 'node:zlib';
import { parse } from 'csv-parse/sync';
import type { FastifyInstance } from 'fastify';
import { afterAll, beforeAll, expect, it } from 'vitest';

import { openLog } from '../../../src/platform/log.js';
import { addReaderRoutes } from '../../../src/reader/routes/index.js';
import { makeCheckedServer } from '../../helpers/checked-server.js';
import { openWorld, type World } from '../../helpers/world.js';

const CSV = 'text/csv; charset=utf-8; header=present';
const JSON_TYPE = 'application/json; charset=utf-8';

let world: World;
let server: FastifyInstance;
beforeAll(async () => {
  world = await openWorld('csv');
  for (const slug of ['one', 'two']) await world.add(slug);
  await world.evaluate('two');
  server = makeCheckedServer({ log: openLog('test', 'silent'), address: '127.0.0.1', readToken: undefined });
  addReaderRoutes(server, world.deps);
});
afterAll(async () => {
  await server.close();
  await world.close();
});

const ask = (headers: Record<string, string> = {}, query = '') =>
  server.inject({ url: `/repos/doi/summary${query}`, headers });

it.each([
  ['text/csv', CSV],
  ['text/csv, application/json;q=0.9', CSV],
  ['text/*', CSV],
  ['application/json;q=0.2, text/csv;q=0.3', CSV],
  ['application/json, text/csv;q=0.9', JSON_TYPE],
  ['text/csv;q=0', JSON_TYPE],
  ['*/*', JSON_TYPE],
  ['text/html', JSON_TYPE],
  ['text/html,application/xhtml+xml,*/*;q=0.8', JSON_TYPE],
  ['not a type', JSON_TYPE],
])('a client that accepts %s gets %s', async (accept, type) => {
  const reply = await ask({ accept });
  expect([reply.statusCode, reply.headers['content-type']]).toEqual([200, type]);
  expect(reply.headers.vary).toBe('accept, accept-encoding');
});

it('the CSV has the same entries, in the same order, with the same filters', async () => {
  const rows = async (query = '') =>
    parse((await ask({ accept: 'text/csv' }, query)).body, { columns: true }) as Record<string, string>[];
  const entries = (await ask()).json();
  expect((await rows()).map((row) => row['repo_slug'])).toEqual(['one', 'two']);
  const [, two] = await rows();
  expect(two).toMatchObject({
    tier: entries[1].tier,
    ...entries[1].statuses,
    checked_at: entries[1].checked_at,
  });
  expect(await rows('?tier=full')).toEqual([]);
  expect((await rows('?stale=true')).map((row) => row['repo_slug'])).toContain('one');
});

it('the CSV has a tag of its own, is a 304 for a client that has it, and is zipped', async () => {
  const accept = 'text/csv';
  const { headers, body } = await ask({ accept });
  expect(headers.etag).not.toBe((await ask()).headers.etag);
  expect(headers['doi-verified-at']).toMatch(/Z$/);
  const again = { accept, 'if-none-match': String(headers.etag) };
  expect((await ask(again)).statusCode).toBe(304);
  expect((await ask({ 'if-none-match': String(headers.etag) })).statusCode).toBe(200);
  const zipped = await ask({ accept, 'accept-encoding': 'gzip' });
  const plain =
    zipped.headers['content-encoding'] === 'gzip' ? gunzipSync(zipped.rawPayload) : zipped.rawPayload;
  expect(plain.toString()).toBe(body);
});
