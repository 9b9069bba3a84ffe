import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { MAX_STARTS, PRIORITY } from '../../../src/domain/request.js';
import { openLog } from '../../../src/platform/log.js';
import { closeSql, openSql } from '../../../src/platform/postgres/sql.js';
import type { Wake, Waker } from '../../../src/queue/waker.js';
import { archiveRepositories } from '../../../src/registry/change.js';
import { addRequests } from '../../../src/store/requests/add-requests.js';
import { startRequest } from '../../../src/store/requests/start-requests.js';
import { handleJob } from '../../../src/worker/handle-job.js';
import { handleWakeUp } from '../../../src/worker/handle-wake-up.js';
import { openWorld, type World } from '../../helpers/world.js';
import { dumpRepository, makeDue, plainRequest, readRequest } from '../store/rows.js';

let world: World;
let deps: World['deps'];
let count = 0;
let slug: string;
let repoId: string;
beforeAll(async () => {
  world = await openWorld('handle');
  deps = world.deps;
});
beforeEach(async () => {
  world.deps = deps;
  count += 1;
  slug = `repo-${count}`;
  repoId = await world.add(slug, { 'SCOPE.md': '# Scope\n', 'workplans/README.md': 'Plans.\n' });
});
afterAll(() => world.close());

const row = async () => (await dumpRepository(world.sql, repoId))['doi_cache'];
const failure = async () => (await dumpRepository(world.sql, repoId))['doi_failure'];
const request = () => readRequest(world.sql, repoId);
const handle = async (signal = new AbortController().signal) =>
  (await handleJob(world.deps, repoId, signal)).outcome;

describe('the end of a wake-up', () => {
  it('when no request is open, then it does nothing', async () => {
    expect(await handle()).toEqual({ end: 'nothing-asked' });
  });

  it('when the home is another host, then it leaves the request to that', async () => {
    await addRequests(world.sql, [plainRequest(repoId)]);
    await world.sql`update managed_repos set host_paths = '{"there": "/somewhere"}' where id = ${repoId}`;
    expect(await handle()).toEqual({ end: 'not-mine' });
    expect(await request()).toMatchObject({ started: false, starts: 0 });
  });

  it('when the home is another host, then it wakes that with the priority of the request', async () => {
    await addRequests(world.sql, [plainRequest(repoId, { priority: PRIORITY.person, wanted: null })]);
    await world.sql`update managed_repos set host_paths = '{"there": "/somewhere"}' where id = ${repoId}`;
    const woken: Wake[] = [];
    const waker = { wake: async (wakes: readonly Wake[]) => void woken.push(...wakes) } as unknown as Waker;
    const log = openLog('test', 'silent');
    const pause = { report: () => expect.unreachable() };
    await handleWakeUp({ deps: world.deps, waker, log, pause }, repoId, new AbortController().signal);
    expect(woken).toEqual([{ repoId, host: 'there', priority: PRIORITY.person }]);
  });

  it('when a repository was still changing, then it wakes for it after a pause, so that others have their turn', async () => {
    const { prober } = world.deps;
    const touching: Pick<typeof prober, 'probe'> = {
      probe: async (...all) => {
        await world.write(slug, 'SCOPE.md', `# Scope ${performance.now()}\n`);
        return prober.probe(...all);
      },
    };
    await addRequests(world.sql, [plainRequest(repoId)]);
    const woken: number[] = [];
    const waker = { wake: async () => void woken.push(performance.now()) } as unknown as Waker;
    const pause = { report: () => expect.unreachable() };
    const changing = { ...world.deps, prober: touching as typeof prober };
    const log = openLog('test', 'silent');
    const began = performance.now();
    await handleWakeUp({ deps: changing, waker, log, pause }, repoId, new AbortController().signal);
    const took = performance.now() - began;
    expect([woken, await request()]).toMatchObject([[], { reason: 'an input was still changing' }]);
    await expect.poll(() => woken.length, { timeout: 20_000, interval: 5 }).toBe(1);
    expect(woken[0]! - began).toBeGreaterThan(2 * took);
  });

  it('when a repository was archived, then it completes the request', async () => {
    await addRequests(world.sql, [plainRequest(repoId)]);
    await archiveRepositories(world.sql, [slug]);
    expect(await handle()).toEqual({ end: 'gone' });
    expect(await request()).toBeUndefined();
    expect(await row()).toEqual([]);
  });

  it('when a request is forced, then it judges everything again though nothing changed', async () => {
    await world.evaluate(slug);
    expect(await world.evaluate(slug)).toEqual({ end: 'fresh' });
    expect(await world.evaluate(slug, { forced: true })).toMatchObject({ end: 'written', ran: 14, kept: 0 });
  });

  it('when a verdict is over its age share, then it runs that criterion again and keeps the rest', async () => {
    await world.evaluate(slug);
    world.deps = { ...deps, limits: { any: deps.limits.any, checker: 1 } };
    expect(await world.evaluate(slug)).toMatchObject({ end: 'written', ran: 2, kept: 12 });
  });
});

describe('a row that another program wrote', () => {
  it('reads stale as a foreign row, and the next evaluation keeps nothing of it', async () => {
    await world.evaluate(slug);
    await world.sql`update doi_cache set tier = 'full', full_pass = true where repo_id = ${repoId}`;
    const foreign = await world.read(slug);
    expect(foreign).toMatchObject({ stale: true, stale_reasons: [{ input: 'row', code: 'foreign_row' }] });
    expect(await world.evaluate(slug)).toMatchObject({ end: 'written', ran: 14, kept: 0 });
    expect(await world.read(slug)).toMatchObject({ stale: false, full_pass: false });
  });
});

describe('a row of a newer release', () => {
  it('is not judged by an older one, which leaves the request to a newer worker', async () => {
    world.deps = { ...deps, release: { ...deps.release, version: '99.0.0' } };
    await world.evaluate(slug);
    const before = await row();
    world.deps = deps;
    await world.write(slug, 'SCOPE.md', '# Other\n');
    expect(await world.evaluate(slug, { forced: true })).toEqual({ end: 'older-release' });
    expect(await row()).toEqual(before);
    expect(await request()).toMatchObject({ started: false, starts: 0, forced: true });
  });
});

describe('a repository that ends its worker', () => {
  it(`has a failure recorded after ${MAX_STARTS} starts without an end, and its row stays`, async () => {
    await world.evaluate(slug);
    const before = await row();
    await addRequests(world.sql, [plainRequest(repoId, { forced: true })]);
    for (let n = 0; n < MAX_STARTS; n += 1) await startRequest(world.sql, repoId);
    expect(await handle()).toMatchObject({ end: 'failed', error: { code: 'worker_killed' } });
    expect(await row()).toEqual(before);
    expect(await request()).toMatchObject({ started: false, starts: 0, delay: expect.any(Number) });
    await makeDue(world.sql, repoId);
    expect(await handle()).toMatchObject({ end: 'written' });
    expect(await failure()).toEqual([]);
  });

  it('is not assumed when a new request comes during each evaluation', async () => {
    const check: World['deps']['check'] = async (checkout, signal) => {
      await addRequests(world.sql, [plainRequest(repoId, { forced: true })]);
      return deps.check(checkout, signal);
    };
    world.deps = { ...deps, check };
    await addRequests(world.sql, [plainRequest(repoId, { forced: true })]);
    for (let n = 0; n < MAX_STARTS + 2; n += 1) expect(await handle()).toMatchObject({ end: 'written' });
  });
});

describe('an evaluation that a newer one overtook', () => {
  it('is not written, and the open request is started again', async () => {
    await world.evaluate(slug);
    let runs = 0;
    const check: World['deps']['check'] = async (checkout, signal) => {
      runs += 1;
      if (runs === 1) {
        await world.evaluate(slug, { forced: true });
        await addRequests(world.sql, [plainRequest(repoId, { forced: true, reason: 'the third' })]);
      }
      return deps.check(checkout, signal);
    };
    world.deps = { ...deps, check };
    expect(await world.evaluate(slug, { forced: true })).toMatchObject({ end: 'written' });
    expect(runs).toBe(3);
    expect((await world.read(slug)).evaluation?.trigger).toBe('the third');
    expect(await request()).toBeUndefined();
  });
});

describe('a host problem', () => {
  const expectNothingCounted = async (starts = 0) => {
    expect(await failure()).toEqual([]);
    expect(await request()).toMatchObject({ starts, delay: null });
  };

  it('when the checker is missing, then the job goes back to the queue', async () => {
    world.deps = { ...deps, checker: { kind: 'command', argv: ['/nowhere/checker'], output: 'json' } };
    expect(await world.evaluate(slug)).toMatchObject({
      end: 'put-back',
      hostProblem: { code: 'checker_missing' },
    });
    await expectNothingCounted();
  });

  it('when the database is away from the start, then the job goes back to the queue', async () => {
    const sql = openSql({ url: 'postgres://no-user@127.0.0.1:1/none', purpose: 'test', connections: 1 });
    await addRequests(world.sql, [plainRequest(repoId)]);
    world.deps = { ...deps, sql, start: (id) => startRequest(sql, id) };
    expect(await handle()).toMatchObject({ end: 'put-back', hostProblem: { code: 'database_unavailable' } });
    await closeSql(sql);
    await expectNothingCounted();
  });

  it('when the database goes in the middle, then the job goes back to the queue, and the next one writes', async () => {
    const sql = openSql({ url: world.url, purpose: 'test', connections: 1 });
    const check: World['deps']['check'] = async (checkout, signal) => {
      await closeSql(sql);
      return deps.check(checkout, signal);
    };
    await addRequests(world.sql, [plainRequest(repoId)]);
    world.deps = { ...deps, sql, check };
    expect(await handle()).toMatchObject({ end: 'put-back', hostProblem: { code: 'database_unavailable' } });
    // It could not be said any more that this start does not count.
    await expectNothingCounted(1);
    world.deps = deps;
    expect(await handle()).toMatchObject({ end: 'written' });
  });

  it('when the worker stops, then the job goes back without a problem, and the start does not count', async () => {
    const stop = new AbortController();
    const check: World['deps']['check'] = async (checkout, signal) => {
      stop.abort();
      return deps.check(checkout, signal);
    };
    await addRequests(world.sql, [plainRequest(repoId)]);
    world.deps = { ...deps, check };
    expect(await handle(stop.signal)).toEqual({ end: 'put-back' });
    expect(await row()).toEqual([]);
    await expectNothingCounted();
  });
});
