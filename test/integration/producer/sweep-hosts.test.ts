import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { DoiError } from '../../../src/domain/errors.js';
import { PRIORITY } from '../../../src/domain/request.js';
import { type SweepDependencies, type SweepOptions, sweep } from '../../../src/producer/sweep.js';
import { readSummary } from '../../../src/reader/summary/read-summary.js';
import { recordFailure } from '../../../src/store/evaluations/failures.js';
import { announceHost, readDatabaseTime } from '../../../src/store/hosts/heartbeat.js';
import { deferRequest } from '../../../src/store/requests/end-requests.js';
import { reportSweep, type SweepProgress } from '../../../src/store/sweeps.js';
import { writeHeartbeat } from '../../helpers/heartbeat.js';
import { openWorld, type World } from '../../helpers/world.js';
import { FAILURE, readRequest, start } from '../store/rows.js';

let world: World;
let now: number;
beforeEach(async () => {
  world = await openWorld('sweep-hosts');
  now = Date.now();
});
afterEach(() => world.close());

/** A clock that moves by what is slept, so that nothing is waited for. */
const jump = (ms: number): SweepDependencies['clock'] => ({
  now: () => now,
  sleep: async () => {
    now += ms;
  },
});
const options = (change: Partial<SweepOptions> = {}): SweepOptions => ({
  ...{ trigger: 'test', priority: PRIORITY.nightly, forced: false, onProgress: () => {} },
  signal: new AbortController().signal,
  ...change,
});
const run = (change: Partial<SweepDependencies> = {}, sweepOptions: Partial<SweepOptions> = {}) =>
  sweep({ ...world.deps, historyDays: 400, wake: async () => {}, ...change }, options(sweepOptions));
const underWay = () => world.sql`select from doi_sweep where finished_at is null`;

async function addOf(host: string): Promise<string> {
  const id = await world.add(`of-${host}`);
  await world.sql`update managed_repos set host_paths = ${world.sql.json({ [host]: '/x' })} where id = ${id}`;
  return id;
}

describe('a sweep', () => {
  it('does not wait for a silent host, counts the repositories left to it, and leaves their requests open', async () => {
    const [off, quiet] = [await addOf('off'), await addOf('quiet')];
    await announceHost(world.sql, { host: 'quiet', version: '1', capacity: 1, isolation: 'none' });
    const report = await run();
    expect(report).toMatchObject({ total: 2, done: 0, counts: { asked: 2, away: { off: 1, quiet: 1 } } });
    for (const id of [off, quiet]) expect(await readRequest(world.sql, id)).toBeDefined();
    expect(await underWay()).toHaveLength(0);
    const [row] = await world.sql`select counts from doi_sweep`;
    expect(row).toMatchObject({ counts: { away: { off: 1, quiet: 1 } } });
  });

  it('counts as fresh only what reads fresh: it requests what a silent host had observed', async () => {
    const { deps } = world;
    const id = await world.add('widget');
    await world.sql`update managed_repos set host_paths = ${world.sql.json({ there: world.path('widget') })}`;
    await announceHost(world.sql, { host: 'there', version: '1', capacity: 1, isolation: 'none' });
    world.deps = { ...deps, host: 'there' };
    await world.evaluate('widget');
    world.deps = deps;
    const readFresh = async () => (await readSummary(world.deps, { stale: false })).length;
    expect(await readFresh()).toBe(1);
    expect(await run()).toMatchObject({ counts: { fresh: 1, asked: 0 } });
    await world.sql`update doi_observation set seen_at = seen_at - interval '2 minutes'`;
    expect(await readFresh()).toBe(0);
    const counts = { fresh: 0, asked: 1, reasons: { 'checkout not verified': 1 }, away: { there: 1 } };
    expect(await run()).toMatchObject({ done: 0, counts });
    expect(await readRequest(world.sql, id)).toBeDefined();
  });

  it('counts as fresh nothing that a newer release has judged, and requests none of it', async () => {
    await world.add('widget');
    await world.evaluate('widget');
    await world.sql`update doi_cache set fingerprint = replace(fingerprint, 'criteria:', 'criteria:9')`;
    expect(await run()).toMatchObject({ done: 1, counts: { fresh: 0, asked: 0 } });
  });

  it('waits for a host that makes heartbeats, until no request has ended for a quarter of an hour', async () => {
    const id = await addOf('busy');
    await writeHeartbeat(world.sql, {
      ...{
        host: 'busy',
        passBeganAt: await readDatabaseTime(world.sql),
        version: '1',
        capacity: 1,
        isolation: 'none',
      },
    });
    const seen: SweepProgress[] = [];
    const began = now;
    const onProgress = (progress: SweepProgress) => seen.push(progress);
    const report = await run({ clock: jump(60_000) }, { onProgress });
    expect(seen.length).toBeGreaterThan(10);
    expect(now - began).toBeGreaterThanOrEqual(900_000);
    expect(report).toMatchObject({ total: 1, done: 0, counts: { away: {} } });
    expect(await readRequest(world.sql, id)).toBeDefined();
    expect(await underWay()).toHaveLength(0);
  });

  it('waits a little for its own host, which may just have been started', async () => {
    await world.add('mine');
    const seen: SweepProgress[] = [];
    const onProgress = (progress: SweepProgress) => seen.push(progress);
    const report = await run({ clock: jump(4000) }, { onProgress });
    expect(seen[0]?.counts.away).toEqual({});
    expect(seen.length).toBeGreaterThan(3);
    expect(report?.counts.away).toEqual({ here: 1 });
  });

  it('counts as held, and not as done, the requests that a host problem has deferred', async () => {
    for (const slug of ['judged', 'held', 'broken']) await world.add(slug);
    const wake = async () => {
      await world.evaluate('judged');
      const held = await start(world.sql, await world.id('held'));
      await deferRequest(world.sql, held, { fingerprint: null, retryMs: 300_000 });
      await recordFailure(world.sql, await start(world.sql, await world.id('broken')), FAILURE);
    };
    const report = await run({ wake });
    expect(report).toMatchObject({ total: 3, done: 2, counts: { asked: 3, failed: 1, held: 1, gone: 0 } });
  });

  it('goes on although Redis is away: the requests stay, and it reports that no host was woken', async () => {
    const id = await addOf('off');
    const away = new DoiError('redis_unavailable', 'Redis does not answer.', 'Start it.');
    const errors: DoiError[] = [];
    const onWakeError = (error: DoiError) => errors.push(error);
    const report = await run({ wake: () => Promise.reject(away) }, { onWakeError });
    expect(errors).toEqual([away]);
    expect(report).toMatchObject({ total: 1, counts: { asked: 1 } });
    expect(await readRequest(world.sql, id)).toBeDefined();
    expect(await underWay()).toHaveLength(0);
  });
});

describe('a sweep whose lease was taken over', () => {
  it('stays ended, however late its process reports', async () => {
    await world.add('mine');
    const stop = new AbortController();
    let id = '';
    const wake = async () => {
      const [row] = await world.sql<{ id: string }[]>`
        update doi_sweep set done = 77, finished_at = clock_timestamp() - interval '1 hour' returning id::text`;
      id = row?.id ?? '';
      stop.abort();
    };
    await run({ wake }, { signal: stop.signal });
    const before = await world.sql`select * from doi_sweep where id = ${id}`;
    const progress = { total: 9, done: 9, counts: {} as SweepProgress['counts'] };
    await reportSweep(world.sql, id, progress);
    expect(await world.sql`select * from doi_sweep where id = ${id}`).toEqual(before);
    expect(before[0]).toMatchObject({ done: 77 });
    expect(await underWay()).toHaveLength(0);
  });
});
