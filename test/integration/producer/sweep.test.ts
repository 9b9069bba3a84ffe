import { setImmediate } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { DoiError } from '../../../src/domain/errors.js';
import { PRIORITY } from '../../../src/domain/request.js';
import { type SweepDependencies, type SweepOptions, sweep } from '../../../src/producer/sweep.js';
import type { Wake } from '../../../src/queue/waker.js';
import { unregisterRepositories } from '../../../src/registry/change.js';
import { addRequests } from '../../../src/store/requests/add-requests.js';
import { readSweep, type SweepProgress } from '../../../src/store/sweeps.js';
import { handleJob } from '../../../src/worker/handle-job.js';
import { openWorld, type World } from '../../helpers/world.js';
import { holdProber } from '../held-prober.js';
import { makeGate } from '../queue/signals.js';
import { plainRequest, readRequest } from '../store/rows.js';

let world: World;
beforeEach(async () => {
  world = await openWorld('sweep');
});
afterEach(() => world.close());

/** Handles what is woken, as this host's worker would. */
async function work(wakes: readonly Wake[]): Promise<void> {
  for (const { repoId } of wakes) await handleJob(world.deps, repoId, new AbortController().signal);
}

const options = (change: Partial<SweepOptions> = {}): SweepOptions => ({
  ...{ trigger: 'test', priority: PRIORITY.nightly, forced: false, onProgress: () => {} },
  signal: new AbortController().signal,
  ...change,
});
const run = (change: Partial<SweepDependencies> = {}, sweepOptions: Partial<SweepOptions> = {}) =>
  sweep({ ...world.deps, historyDays: 400, wake: work, ...change }, options(sweepOptions));
const underWay = () => world.sql`select from doi_sweep where finished_at is null`;

describe('a sweep', () => {
  it('requests what is stale, follows the requests to the end, and reports', async () => {
    for (const slug of ['fresh', 'edited', 'new', 'broken'])
      await world.add(slug, { 'SCOPE.md': '# Scope\n', 'workplans/README.md': 'x' });
    for (const slug of ['fresh', 'edited', 'broken']) await world.evaluate(slug);
    await world.write('edited', 'SCOPE.md', '# Other\n');
    await world.write('broken', 'workplans/README.md', 'y');
    const broken = new DoiError('checker_crashed', 'It broke.', 'Repair it.');
    const { check } = world.deps;
    world.deps = {
      ...world.deps,
      check: (one, signal) => (one.slug === 'broken' ? Promise.reject(broken) : check(one, signal)),
    };
    const seen: SweepProgress[] = [];
    const report = await run({}, { onProgress: (progress) => seen.push(progress) });
    const reasons = { 'SCOPE.md changed': 1, 'never evaluated': 1, 'workplans changed': 1 };
    const counts = { probed: 4, fresh: 1, asked: 3, failed: 1, gone: 0, held: 0, reasons, away: {} };
    expect(report).toMatchObject({ state: 'finished', trigger: 'test', host: 'here' });
    expect(report).toMatchObject({ total: 4, done: 4, counts });
    expect(seen[0]).toMatchObject({ total: 4, done: 0, counts: { probed: 0 } });
    expect(seen.at(-1)).toEqual({ total: 4, done: 4, counts });
    const [row] = await world.sql`select *, finished_at is not null as finished from doi_sweep`;
    expect(row).toMatchObject({ trigger: 'test', host: 'here', total: 4, done: 4, counts, finished: true });
    for (const slug of ['fresh', 'edited', 'new']) expect((await world.read(slug)).stale).toBe(false);
    expect((await world.read('broken')).failure).not.toBeNull();
  });

  it('requests everything when it is forced', async () => {
    await world.add('fresh');
    await world.evaluate('fresh');
    const report = await run({}, { forced: true });
    expect(report?.counts).toMatchObject({ fresh: 0, asked: 1, reasons: { forced: 1 } });
    expect((await world.read('fresh')).evaluation).toMatchObject({ trigger: 'forced', kept: [] });
  });

  it('wakes the home hosts of what it requests', async () => {
    const id = await world.add('elsewhere');
    await world.sql`update managed_repos set host_paths = '{"there": "/somewhere"}' where id = ${id}`;
    const stop = new AbortController();
    const wakes: Wake[] = [];
    const wake = async (some: readonly Wake[]) => {
      wakes.push(...some);
      stop.abort();
    };
    await run({ wake }, { signal: stop.signal });
    expect(wakes).toEqual([{ repoId: id, host: 'there', priority: PRIORITY.nightly }]);
  });

  it('when a person waits for a repository, then it wakes with the priority of the person', async () => {
    const id = await world.add('waited-for');
    await addRequests(world.sql, [plainRequest(id, { priority: PRIORITY.person, wanted: null })]);
    const woken: number[] = [];
    const wake = async (wakes: readonly Wake[]) => {
      woken.push(...wakes.map(({ priority }) => priority));
      await work(wakes);
    };
    await run({ wake });
    expect(woken).toEqual([PRIORITY.person]);
  });

  it('trims the history and the reports of sweeps to the days that are kept', async () => {
    const id = await world.add('old');
    await world.evaluate('old');
    await world.sql`update doi_history set at = at - interval '10 days' where repo_id = ${id}`;
    await run({ historyDays: 11 });
    await world.sql`update doi_sweep set started_at = started_at - interval '10 days'`;
    expect(await world.sql`select from doi_history`).toHaveLength(1);
    await run({ historyDays: 9 });
    expect(await world.sql`select from doi_history`).toHaveLength(0);
    expect(await world.sql`select from doi_sweep`).toHaveLength(1);
  });

  it('when its signal aborts, then it ends with what is done and leaves the other requests open', async () => {
    const id = await world.add('slow');
    const stop = new AbortController();
    const report = await run({ wake: async () => stop.abort() }, { signal: stop.signal });
    expect(report).toMatchObject({ total: 1, done: 0, state: 'lost', counts: { asked: 1 } });
    expect(await readRequest(world.sql, id)).toBeDefined();
    expect(await underWay()).toHaveLength(0);
  });

  it('when a repository is archived or unregistered before it was judged, then it counts as gone', async () => {
    for (const slug of ['archived', 'unregistered', 'judged', 'stays']) await world.add(slug);
    const wake = async (wakes: readonly Wake[]) => {
      await world.sql`update managed_repos set status = 'archived' where slug = 'archived'`;
      await unregisterRepositories(world.sql, ['unregistered']);
      await work(wakes.filter(({ repoId }) => repoId !== archived));
      await world.sql`update managed_repos set status = 'archived' where slug = 'judged'`;
    };
    const archived = await world.id('archived');
    const report = await run({ wake });
    expect(report).toMatchObject({ state: 'finished', total: 4, done: 4 });
    expect(report?.counts).toMatchObject({ asked: 4, gone: 2, failed: 0, away: {} });
  });

  it('does not count as done what it did not read any more', async () => {
    await world.add('one');
    const stop = new AbortController();
    const onProgress = () => stop.abort();
    const report = await run({}, { signal: stop.signal, onProgress });
    expect(report).toMatchObject({ state: 'lost', total: 1, done: 0, counts: { probed: 0, asked: 0 } });
  });
});

describe("a sweep's lease", () => {
  it('ends with a sweep that breaks, so that the next one begins at once', async () => {
    await world.add('one');
    const broken = new Error('unforeseen');
    await expect(run({ wake: () => Promise.reject(broken) })).rejects.toBe(broken);
    expect(await readSweep(world.sql)).toMatchObject({ state: 'lost', total: 1 });
    expect(await underWay()).toHaveLength(0);
    expect(await run()).toMatchObject({ state: 'finished', total: 1 });
  });

  it('is kept while the sweep probes a file system that does not answer', async () => {
    await world.add('hangs');
    const held = holdProber(world.deps.prober);
    const clock = { now: Date.now, sleep: () => setImmediate() };
    const report = run({ prober: held.prober, clock });
    await held.probed;
    await world.sql`update doi_sweep set alive_at = alive_at - interval '10 minutes'`;
    await expect.poll(() => readSweep(world.sql)).toMatchObject({ state: 'running' });
    expect(await run()).toBeUndefined();
    held.release();
    expect(await report).toMatchObject({ state: 'finished', total: 1 });
  });

  it('keeps a second one from running beside it', async () => {
    const [began, gate] = [makeGate(), makeGate()];
    await world.add('one');
    const first = run({
      wake: async (wakes) => {
        began.open();
        await gate.opened;
        await work(wakes);
      },
    });
    await began.opened;
    expect(await run()).toBeUndefined();
    expect(await Promise.all([run(), run()])).toEqual([undefined, undefined]);
    gate.open();
    expect(await first).toMatchObject({ total: 1, done: 1 });
    expect(await run()).toMatchObject({ total: 1, counts: { asked: 0 } });
  });

  it('lets only one run of several that begin at once', async () => {
    const gate = makeGate();
    await world.add('one');
    let refused = 0;
    const runs = Array.from({ length: 5 }, async () => {
      const report = await run({ wake: (wakes) => gate.opened.then(() => work(wakes)) });
      if (report === undefined) refused += 1;
      return report;
    });
    await expect.poll(() => refused).toBe(4);
    gate.open();
    const reports = await Promise.all(runs);
    expect(reports.filter((report) => report !== undefined)).toMatchObject([{ total: 1, done: 1 }]);
  });

  it('is taken over where its process died', async () => {
    await world.add('one');
    const dead = (age: string) => world.sql`
      insert into doi_sweep (id, trigger, host, started_at, alive_at, total, done)
      values (gen_random_uuid(), 'nightly', 'gone', clock_timestamp() - ${age}::interval,
        clock_timestamp() - ${age}::interval, 0, 0)`;
    await dead('50 seconds');
    expect(await run()).toBeUndefined();
    await world.sql`update doi_sweep set alive_at = alive_at - interval '20 seconds'`;
    expect(await run()).toMatchObject({ total: 1 });
    expect(await underWay()).toHaveLength(0);
    expect(await world.sql`select counts from doi_sweep where host = 'gone'`).toEqual([
      { counts: { lost: true } },
    ]);
  });

  it('a sweep begins beside requests of others, and counts only its own', async () => {
    const id = await world.add('one');
    await world.evaluate('one');
    await addRequests(world.sql, [plainRequest(id, { wanted: null })]);
    expect(await run()).toMatchObject({ total: 1, done: 1, counts: { asked: 0, fresh: 1 } });
  });
});
