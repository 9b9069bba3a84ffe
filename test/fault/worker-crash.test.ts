import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { addRequests } from '../../src/store/requests/add-requests.js';
import { until } from '../e2e/programs.js';
import { compiledUrl, runModule } from '../helpers/compiled.js';
import type { World } from '../helpers/world.js';
import { plainRequest, readRequest } from '../integration/store/rows.js';
import { openWorkerWorld, type WorkerWorld } from './worker-world.js';

// A worker renews a lock at half its time: a much shorter one would be lost on a busy machine.
const LIMITS = { lockMs: 4000, stallCheckMs: 1000 };
/** What a killed worker costs at most (its lock and a stall check), and how long stopping may take, each held at five times that. */
const TAKEN_OVER_MS = LIMITS.lockMs + LIMITS.stallCheckMs;
const STOPPED_MS = 25_000;

let ours: WorkerWorld;
let world: World;
let repoId: string;

beforeEach(async () => {
  ours = await openWorkerWorld('crash');
  world = ours.world;
  await checkerThat('hangs');
  repoId = await world.add('widget', { 'SCOPE.md': '# Scope\n', 'workplans/README.md': 'Plans.\n' });
});
afterEach(() => ours.close());

/** Each run reads the script again, so that a run that hangs does not make the next one hang. */
const checkerThat = (does: 'hangs' | 'works') =>
  ours.behaves('widget', does === 'hangs' ? 'sleep 600' : undefined);
const checkers = () => ours.checksOf('widget');
const checkerHangs = () =>
  until(checkers, (found) => found.some((line) => line.includes('sleep 600')), 180_000);
const isJudged = () =>
  until(
    async () => (await world.sql`select from doi_cache where repo_id = ${repoId}`).length > 0,
    Boolean,
    5 * TAKEN_OVER_MS,
  );

describe('a worker that is killed in the middle of an evaluation', () => {
  it('delays the repository by no more than its lock: another worker judges it, and nothing of the first goes on', async () => {
    const first = ours.startImpatientWorker(LIMITS);
    await checkerHangs();
    ours.startImpatientWorker(LIMITS);
    await checkerThat('works');
    first.signal('SIGKILL');
    const began = performance.now();
    await first.done;
    await isJudged();
    console.log(`a killed worker cost ${Math.round(performance.now() - began)} ms`);
    expect(performance.now() - began).toBeLessThan(5 * TAKEN_OVER_MS);
    await until(
      () => readRequest(world.sql, repoId),
      (request) => request === undefined,
    );
    // At once, or after the check's own time-out where the system has no stronger isolation.
    await until(checkers, ({ length }) => length === 0, 180_000);
  }, 400_000);
});

describe('when a worker gets SIGTERM', () => {
  it('it requeues what does not end in time without counting the start, and the next worker judges it', async () => {
    const first = ours.startImpatientWorker({ graceMs: 1000 });
    await checkerHangs();
    const began = performance.now();
    first.signal('SIGTERM');
    expect((await first.done).code).toBe(0);
    expect(performance.now() - began).toBeLessThan(5 * STOPPED_MS);
    expect([...(await ours.processes()), ...(await checkers())]).toEqual([]);
    expect(await readRequest(world.sql, repoId)).toMatchObject({ started: false, starts: 0, delay: null });
    expect(await world.sql`select from doi_failure`).toEqual([]);
    await checkerThat('works');
    ours.startWorker();
    await isJudged();
  }, 300_000);
});

describe('an unhandled error', () => {
  it.each(['Promise.reject(new Error("planted"))', 'setImmediate(() => { throw new Error("planted"); })'])(
    'is logged, and ends the process with 70: %s',
    async (breaks) => {
      const { done } = runModule(`
        import { openLog } from ${JSON.stringify(compiledUrl('platform/log.js'))};
        import { runUntilSignal, Scope } from ${JSON.stringify(compiledUrl('platform/process/shutdown.js'))};
        runUntilSignal(new Scope(), openLog('test', 'info'), { limitMs: 1000 });
        ${breaks};
        setInterval(() => {}, 1000);`);
      const { code, stderr } = await done;
      expect(code).toBe(70);
      expect(JSON.parse(stderr)).toMatchObject({
        level: 60,
        msg: 'unhandled error',
        error: { message: 'planted' },
      });
    },
  );
});

describe('when the worker that started a request died', () => {
  it('the watch of another worker finds the request, though Redis has lost its job', async () => {
    await checkerThat('works');
    await addRequests(world.sql, [plainRequest(repoId, { wanted: null })]);
    await world.sql`update doi_request set starts = 1, started_at = clock_timestamp() - interval '1 minute'`;
    ours.startWorker();
    await isJudged();
  }, 180_000);
});
