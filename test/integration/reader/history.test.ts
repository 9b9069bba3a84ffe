import type { FastifyInstance } from 'fastify';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { HistoryAnswer } from '../../../src/api/history.js';
import { openLog } from '../../../src/platform/log.js';
import { addReaderRoutes } from '../../../src/reader/routes/index.js';
import { makeCheckedServer } from '../../helpers/checked-server.js';
import { openWorld, type World } from '../../helpers/world.js';

const EDITS = 5;

let world: World;
let server: FastifyInstance;
beforeAll(async () => {
  world = await openWorld('history');
  server = makeCheckedServer({ log: openLog('test', 'silent'), address: '127.0.0.1', readToken: undefined });
  addReaderRoutes(server, world.deps);
  await world.add('widget');
  await world.add('other');
  for (const slug of ['widget', 'other']) await world.evaluate(slug);
  for (let n = 0; n < EDITS; n += 1) {
    await world.write('widget', 'CLAUDE.md', n % 2 === 0 ? 'kaizen\n' : 'hello\n');
    await world.evaluate('widget');
  }
  // This changes only a detail, and no status.
  await world.write('widget', 'CLAUDE.md', 'kaizen again\n');
  await world.evaluate('widget');
});
afterAll(async () => {
  await server.close();
  await world.close();
});

async function read(query = '', slug = 'widget'): Promise<HistoryAnswer> {
  const reply = await server.inject(`/repos/${slug}/doi/history${query}`);
  expect(reply.statusCode).toBe(200);
  expect(reply.headers['cache-control']).toBe('no-cache, private');
  return reply.json();
}

it('the history has each change with its cause, the latest first', async () => {
  const { repo_slug, changes, next } = await read();
  expect([repo_slug, next]).toEqual(['widget', null]);
  expect(changes).toHaveLength(EDITS + 1);
  expect(changes[0]).toEqual({
    at: expect.stringMatching(/^\d{4}-.*Z$/),
    tier_was: 'none',
    tier_now: 'none',
    criteria: [{ id: 'C12', was: 'fail', now: 'pass' }],
    changed: [{ input: 'CLAUDE.md', was: expect.any(String), now: expect.any(String) }],
  });
  expect(changes.at(-1)).toMatchObject({ tier_was: null, tier_now: 'none', changed: [] });
  expect(changes.at(-1)?.criteria).toHaveLength(14);
  const times = changes.map(({ at }) => at);
  expect([...times].sort().reverse()).toEqual(times);
});

it('the pages of the history have each change once, even while others are written', async () => {
  const whole = (await read()).changes;
  const pages: HistoryAnswer[] = [await read('?limit=2')];
  await world.write('widget', 'CLAUDE.md', 'hello again\n');
  await world.evaluate('widget');
  for (let next = pages[0]?.next; next; next = pages.at(-1)?.next ?? null)
    pages.push(await read(`?limit=2&cursor=${next}`));
  expect(pages.map(({ changes }) => changes.length)).toEqual([2, 2, 2]);
  expect(pages.flatMap(({ changes }) => changes)).toEqual(whole);
});

it('the history is of one repository only, and empty if that was never evaluated', async () => {
  expect((await read('', 'other')).changes).toHaveLength(1);
  await world.add('fresh');
  expect(await read('', 'fresh')).toEqual({ repo_slug: 'fresh', changes: [], next: null });
});

it.each([
  ['?limit=0', 400, 'bad_request'],
  ['?limit=101', 400, 'bad_request'],
  ['?cursor=-1', 400, 'bad_request'],
  [`?cursor=${'9'.repeat(19)}`, 400, 'bad_request'],
  ['?page=2', 400, 'bad_request'],
])('the history refuses %s', async (query, status, code) => {
  const reply = await server.inject(`/repos/widget/doi/history${query}`);
  expect([reply.statusCode, reply.json().code]).toEqual([status, code]);
});

it('the history is a 304 for a client that has it, until there is another change', async () => {
  const get = (known: string) =>
    server.inject({ url: '/repos/other/doi/history', headers: { 'if-none-match': known } });
  const first = await get('"none"');
  const etag = String(first.headers.etag);
  expect([(await get(etag)).statusCode, first.statusCode]).toEqual([304, 200]);
  await world.write('other', 'CLAUDE.md', `kaizen ${Math.random()}\n`);
  await world.evaluate('other');
  expect((await get(etag)).statusCode).toBe(200);
});

it('an unregistered repository has no history', async () => {
  const reply = await server.inject('/repos/none/doi/history');
  expect([reply.statusCode, reply.json().code]).toEqual([404, 'unknown_repository']);
});
