/** The trend over HTTP, from a real history. */
import type { FastifyInstance } from 'fastify';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { openLog } from '../../../src/platform/log.js';
import { addReaderRoutes } from '../../../src/reader/routes/index.js';
import { readTrend } from '../../../src/store/evaluations/read-trend.js';
import { makeCheckedServer } from '../../helpers/checked-server.js';
import { openWorld, type World } from '../../helpers/world.js';

let world: World;
let server: FastifyInstance;
beforeAll(async () => {
  world = await openWorld('trend');
  server = makeCheckedServer({ log: openLog('test', 'silent'), address: '127.0.0.1', readToken: undefined });
  addReaderRoutes(server, world.deps);
  for (const slug of ['one', 'two', 'never', 'archived']) await world.add(slug);
  await world.sql`update managed_repos set created_at = clock_timestamp() - interval '10 days'`;
  for (const slug of ['one', 'two', 'archived']) await world.evaluate(slug);
  await world.sql`update managed_repos set status = 'archived' where slug = 'archived'`;
  // As if it had been judged eight days ago, and a higher tier had been reached three days ago and lost yesterday.
  await world.sql`update doi_history set at = at - interval '8 days'`;
  await world.sql`
    insert into doi_history (repo_id, observation, at, tier_was, tier_now, statuses_now, changed)
    select id, 1000 + day, clock_timestamp() - day * interval '1 day', was, is_now, '{}', '[]'
    from managed_repos, (values (3, 'none', 'core'), (1, 'core', 'none')) m(day, was, is_now) where slug = 'one'`;
});
afterAll(async () => {
  await server.close();
  await world.close();
});

const day = (ago: number) => new Date(Date.now() - ago * 86_400_000).toISOString().slice(0, 10);
const ZERO = { none: 0, core: 0, standard: 0, full: 0, never_evaluated: 0 };

it('the trend counts the active repositories at each tier for each day, and has earlier days by a cursor', async () => {
  const reply = await server.inject('/doi/trend?days=5');
  expect(reply.statusCode).toBe(200);
  expect(reply.json()).toEqual({
    days: [
      { ...ZERO, date: day(4), none: 2, never_evaluated: 1 },
      { ...ZERO, date: day(3), none: 1, core: 1, never_evaluated: 1 },
      { ...ZERO, date: day(2), none: 1, core: 1, never_evaluated: 1 },
      { ...ZERO, date: day(1), none: 2, never_evaluated: 1 },
      { ...ZERO, date: day(0), none: 2, never_evaluated: 1 },
    ],
    next: day(5),
  });
  const earlier = (await server.inject(`/doi/trend?days=5&cursor=${day(5)}`)).json();
  expect(earlier.days.map(({ date }: { date: string }) => date)).toEqual([9, 8, 7, 6, 5].map(day));
  expect(earlier.days[0]).toEqual({ ...ZERO, date: day(9), never_evaluated: 3 });
  expect(earlier.days[1]).toEqual({ ...ZERO, date: day(8), none: 2, never_evaluated: 1 });
  const first = (await server.inject(`/doi/trend?days=5&cursor=${earlier.next}`)).json();
  expect(first).toEqual({ days: [{ ...ZERO, date: day(10), never_evaluated: 3 }], next: null });
});

it('a repository does not count before it was registered, also if another program wrote its row', async () => {
  const { sql } = world;
  const id = await world.add('hubs');
  await sql`update managed_repos set created_at = clock_timestamp() - interval '2 days' where id = ${id}`;
  await sql`insert into doi_cache (id, repo_id, tier, fingerprint) values (${id}, ${id}, 'full', 'x')`;
  const { days } = await readTrend(world.deps, { days: 4, cursor: undefined });
  expect(days.map(({ full }) => full)).toEqual([0, 1, 1, 1]);
  await sql`delete from managed_repos where id = ${id}`;
});

it('the trend has no data of before 1970', async () => {
  for (const cursor of ['0000-01-01', '1969-12-31'])
    expect((await server.inject(`/doi/trend?cursor=${cursor}`)).json()).toEqual({ days: [], next: null });
});

it('the trend is a 304 for a client that has it', async () => {
  const { etag } = (await server.inject('/doi/trend')).headers;
  const again = await server.inject({ url: '/doi/trend', headers: { 'if-none-match': String(etag) } });
  expect(again.statusCode).toBe(304);
});

it.each([
  'days=0',
  'days=401',
  'days=1.5',
  'cursor=yesterday',
  'cursor=2026-02-31',
  'cursor=9999-01-01',
  'x=1',
])('the trend refuses an invalid query: %s', async (query) => {
  const reply = await server.inject(`/doi/trend?${query}`);
  expect([reply.statusCode, reply.json().code]).toEqual([400, 'bad_request']);
});
