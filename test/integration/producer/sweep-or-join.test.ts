import { setImmediate } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { SweepAnswer } from '../../../src/api/sweeps.js';
import { PRIORITY } from '../../../src/domain/request.js';
import { type JoinOptions, type SweepDependencies, sweepOrJoin } from '../../../src/producer/sweep.js';
import type { Wake } from '../../../src/queue/waker.js';
import { beginSweep, endSweep, reportSweep } from '../../../src/store/sweeps.js';
import { handleJob } from '../../../src/worker/handle-job.js';
import { openWorld, type World } from '../../helpers/world.js';
import { type Gate, makeGate } from '../queue/signals.js';

let world: World;
let joined: Gate;
let other: SweepAnswer | undefined;
beforeEach(async () => {
  world = await openWorld('sweep-or-join');
  joined = makeGate();
  other = undefined;
  await world.add('one');
});
afterEach(() => world.close());

async function work(wakes: readonly Wake[]): Promise<void> {
  for (const { repoId } of wakes) await handleJob(world.deps, repoId, new AbortController().signal);
}

const clock = { now: Date.now, sleep: () => setImmediate() };
const run = (change: Partial<SweepDependencies> = {}, sweepOptions: Partial<JoinOptions> = {}) =>
  sweepOrJoin(
    { ...world.deps, historyDays: 400, clock, wake: work, ...change },
    {
      ...{ trigger: 'test', priority: PRIORITY.nightly, forced: false, onProgress: () => {} },
      signal: new AbortController().signal,
      onJoin: (one) => {
        other = one;
        joined.open();
      },
      ...sweepOptions,
    },
  );

/** A sweep of another host that is under way. */
async function beginElsewhere(): Promise<string> {
  const id = await beginSweep(world.sql, { trigger: 'nightly', host: 'elsewhere' });
  if (id === undefined) throw new Error('one is under way');
  return id;
}

const rows = () => world.sql`select from doi_sweep`;

describe('sweeps that begin at once', () => {
  it('do the work of one, and all of them report it', async () => {
    const gate = makeGate();
    let waiting = 0;
    const wake = (wakes: readonly Wake[]) => gate.opened.then(() => work(wakes));
    const onJoin = () => {
      waiting += 1;
    };
    const all = Array.from({ length: 20 }, () => run({ wake }, { onJoin }));
    await expect.poll(() => waiting).toBe(19);
    gate.open();
    const reports = await Promise.all(all);
    expect(reports.filter((report) => !report.joined)).toHaveLength(1);
    expect(new Set(reports.map(({ sweep }) => sweep.id)).size).toBe(1);
    for (const { sweep } of reports)
      expect(sweep).toMatchObject({ state: 'finished', total: 1, done: 1, counts: { asked: 1 } });
    expect(await rows()).toHaveLength(1);
    expect(world.checks).toBeLessThanOrEqual(1);
  });
});

describe('a sweep during one of another host', () => {
  it('follows that one, reports how far it is, and probes nothing itself', async () => {
    const id = await beginElsewhere();
    const seen: number[] = [];
    const report = run({}, { onProgress: ({ done }) => seen.push(done) });
    await joined.opened;
    expect(other).toMatchObject({ id, host: 'elsewhere', trigger: 'nightly', state: 'running' });
    const counts = { ...other?.counts, probed: 9, fresh: 7, asked: 2 } as SweepAnswer['counts'];
    await reportSweep(world.sql, id, { total: 9, done: 7, counts });
    await expect.poll(() => seen).toContain(7);
    await reportSweep(world.sql, id, { total: 9, done: 9, counts });
    await endSweep(world.sql, id, 'finished');
    expect(await report).toMatchObject({
      joined: true,
      sweep: { id, state: 'finished', total: 9, done: 9, counts: { fresh: 7, gone: 0 } },
    });
    expect(await rows()).toHaveLength(1);
    expect((await world.read('one')).tier).toBe('none');
  });

  it.each([
    ['was stopped', (id: string) => endSweep(world.sql, id, 'lost')],
    ['lost its process', () => world.sql`update doi_sweep set alive_at = alive_at - interval '2 minutes'`],
  ])('takes the place of one that %s', async (_, lose) => {
    const id = await beginElsewhere();
    const report = run();
    await joined.opened;
    await lose(id);
    const { sweep, joined: isJoined } = await report;
    expect(isJoined).toBe(false);
    expect(sweep).toMatchObject({ state: 'finished', host: 'here', total: 1, done: 1 });
    expect(sweep.id).not.toBe(id);
  });

  it('when it is forced, then it waits for that one and judges everything again', async () => {
    await world.evaluate('one');
    const id = await beginElsewhere();
    const report = run({}, { forced: true });
    await joined.opened;
    await endSweep(world.sql, id, 'finished');
    expect(await report).toMatchObject({ joined: false, sweep: { counts: { reasons: { forced: 1 } } } });
    expect((await world.read('one')).evaluation).toMatchObject({ trigger: 'forced', kept: [] });
  });

  it('when its signal aborts, then it stops following and leaves that one under way', async () => {
    const id = await beginElsewhere();
    const stop = new AbortController();
    const report = run({}, { signal: stop.signal });
    await joined.opened;
    stop.abort();
    expect(await report).toMatchObject({ joined: true, sweep: { id, state: 'running' } });
    expect(await world.sql`select from doi_sweep where finished_at is null`).toHaveLength(1);
  });
});
