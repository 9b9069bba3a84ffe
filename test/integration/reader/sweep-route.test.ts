import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openLog } from '../../../src/platform/log.js';
import { addReaderRoutes } from '../../../src/reader/routes/index.js';
import { beginSweep, endSweep, NO_COUNTS, reportSweep } from '../../../src/store/sweeps.js';
import { makeCheckedServer } from '../../helpers/checked-server.js';
import { openWorld, type World } from '../../helpers/world.js';

const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;

let world: World;
let server: ReturnType<typeof makeCheckedServer>;
beforeEach(async () => {
  world = await openWorld('sweep-route');
  server = makeCheckedServer({ log: openLog('test', 'silent'), address: '127.0.0.1', readToken: undefined });
  addReaderRoutes(server, world.deps);
});
afterEach(async () => {
  await server.close();
  await world.close();
});

const begin = async (trigger: string) => (await beginSweep(world.sql, { trigger, host: 'here' })) ?? '';
const latest = async () => (await server.inject('/sweeps/latest')).json<Record<string, unknown>>();

describe('GET /sweeps/latest', () => {
  it('is a 404 that says how to begin one, if there never was one', async () => {
    const reply = await server.inject('/sweeps/latest');
    expect(reply.statusCode).toBe(404);
    expect(reply.json()).toMatchObject({
      code: 'no_sweep',
      remedy: expect.stringContaining('doi sweep'),
    });
  });

  it('shows how far the sweep under way is, and then how it ended', async () => {
    const id = await begin('nightly');
    const reply = await server.inject('/sweeps/latest');
    expect(reply.statusCode).toBe(200);
    expect(reply.headers).toMatchObject({
      'content-type': 'application/json; charset=utf-8',
      'cache-control': 'no-cache, private',
    });
    const started = reply.json();
    expect(started).toEqual({
      ...{ id, trigger: 'nightly', host: 'here', state: 'running', finished_at: null, total: 0, done: 0 },
      ...{ started_at: expect.stringMatching(TIME), alive_at: expect.stringMatching(TIME) },
      counts: NO_COUNTS,
    });
    const counts = { ...NO_COUNTS, probed: 3, fresh: 1, asked: 2, reasons: { forced: 2 }, gone: 1 };
    await reportSweep(world.sql, id, { total: 3, done: 2, counts });
    expect(await latest()).toMatchObject({ state: 'running', total: 3, done: 2, counts });
    await endSweep(world.sql, id, 'finished');
    expect(await latest()).toMatchObject({
      ...{ state: 'finished', started_at: started.started_at, finished_at: expect.stringMatching(TIME) },
      ...{ total: 3, done: 2, counts },
    });
  });

  it('shows a sweep that lost its process as lost, neither running nor finished', async () => {
    const id = await begin('nightly');
    await world.sql`update doi_sweep set alive_at = alive_at - interval '59 seconds'`;
    expect(await latest()).toMatchObject({ state: 'running' });
    await world.sql`update doi_sweep set alive_at = alive_at - interval '2 seconds'`;
    expect(await latest()).toMatchObject({ id, state: 'lost', finished_at: null });
    const next = await begin('command line');
    expect(await latest()).toMatchObject({ id: next, state: 'running' });
    await endSweep(world.sql, next, 'lost');
    expect(await latest()).toMatchObject({
      ...{ id: next, state: 'lost', finished_at: expect.stringMatching(TIME) },
      counts: NO_COUNTS,
    });
  });

  it.each(['?x=1', '?id=', '?latest=true'])('rejects the parameter %s', async (query) => {
    const reply = await server.inject(`/sweeps/latest${query}`);
    expect(reply.statusCode).toBe(400);
    expect(reply.json()).toMatchObject({ code: 'bad_request' });
  });
});
