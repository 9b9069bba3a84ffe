import { randomUUID } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ask } from '../../src/cache/ask.js';
import { packageRoot } from '../../src/platform/package-root.js';
import { BARE, processesWith, type Running, startProgram, until } from '../e2e/programs.js';
import { compiledUrl, runModule } from '../helpers/compiled.js';
import { openTestRedis, type TestRedis } from '../helpers/test-redis.js';
import { openWorld, type World } from '../helpers/world.js';
import { plainAsk, readRequest } from '../integration/cache/rows.js';

/** What a killed worker costs at most, and how long stopping may take, each held at five times that. */
const TAKEN_OVER_MS = 15_000;
const STOPPED_MS = 25_000;
/** How long a checker that hangs sleeps, in seconds: a number that names it among all processes. */
const HANG = `600.${process.pid}`;

let world: World;
let redis: TestRedis;
let env: NodeJS.ProcessEnv;
let mark: string;
let repoId: string;
const running = new Set<Running>();

beforeEach(async () => {
  world = await openWorld('crash');
  redis = await openTestRedis();
  mark = randomUUID();
  await checkerThat('hangs');
  const argv = ['sh', world.path('check.sh'), '{slug}'];
  env = {
    ...BARE,
    ...{ DATABASE_URL: world.url, REDIS_URL: redis.url, DOI_HOST: 'here', LOG_LEVEL: 'warn', MARK: mark },
    ...{ DOI_WATCH_SECONDS: '1', DOI_CONSISTENCY_COMMAND: JSON.stringify(argv) },
  };
  repoId = await world.add('widget', { 'SCOPE.md': '# Scope\n', 'workplans/README.md': 'Plans.\n' });
});

afterEach(async () => {
  for (const one of running) one.signal('SIGKILL');
  await Promise.all([...running].map((one) => one.done));
  await redis.close();
  await world.close();
});

/** The checker is read anew with each run, so that a run that hangs does not make the next one hang. */
async function checkerThat(does: 'hangs' | 'works'): Promise<void> {
  const hang = does === 'hangs' ? `sleep ${HANG}\n` : '';
  await writeFile(world.path('check.sh'), `${hang}printf '{"repo": "%s", "findings": []}' "$1"\n`);
}

function startWorker(): Running {
  const one = startProgram([process.execPath, join(packageRoot, 'bin/doi'), 'worker'], env);
  running.add(one);
  one.done.then(() => running.delete(one));
  return one;
}

const checkers = () => processesWith(HANG);
const checkerHangs = () => until(checkers, ({ length }) => length > 0, 60_000);
const isJudged = () =>
  until(
    async () => (await world.sql`select from doi_cache where repo_id = ${repoId}`).length > 0,
    Boolean,
    5 * TAKEN_OVER_MS,
  );

describe('a worker that is killed in the middle of an evaluation', () => {
  it('costs no more than its lock: another one judges the repository, and nothing of the first goes on', async () => {
    const first = startWorker();
    await checkerHangs();
    startWorker();
    await checkerThat('works');
    first.signal('SIGKILL');
    const began = performance.now();
    await first.done;
    await isJudged();
    console.log(`a killed worker cost ${Math.round(performance.now() - began)} ms`);
    expect(performance.now() - began).toBeLessThan(5 * TAKEN_OVER_MS);
    expect(await readRequest(world.sql, repoId)).toBeUndefined();
    // At once, or after the check's own time-out where the system has no stronger isolation.
    await until(checkers, ({ length }) => length === 0, 90_000);
  }, 200_000);
});

describe('a worker that is told to stop', () => {
  it('puts back what does not end in time: nothing is counted, and the next worker judges it', async () => {
    const first = startWorker();
    await checkerHangs();
    const began = performance.now();
    first.signal('SIGTERM');
    expect((await first.done).code).toBe(0);
    expect(performance.now() - began).toBeLessThan(5 * STOPPED_MS);
    expect([...(await processesWith(mark)), ...(await checkers())]).toEqual([]);
    expect(await readRequest(world.sql, repoId)).toMatchObject({ started: false, starts: 0, delay: null });
    expect(await world.sql`select from doi_failure`).toEqual([]);
    await checkerThat('works');
    startWorker();
    await isJudged();
  }, 120_000);
});

describe('an error that nobody handles', () => {
  it.each(['Promise.reject(new Error("planted"))', 'setImmediate(() => { throw new Error("planted"); })'])(
    'ends the process with 70 after it was logged: %s',
    async (breaks) => {
      const { done } = runModule(`
        import { openLog } from ${JSON.stringify(compiledUrl('platform/log.js'))};
        import { runUntilSignal, Scope } from ${JSON.stringify(compiledUrl('platform/shutdown.js'))};
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

describe('a request that was started by a worker that died', () => {
  it('is found again by the watch of another, though Redis has lost its job', async () => {
    await checkerThat('works');
    await ask(world.sql, [plainAsk(repoId, { wanted: null })]);
    await world.sql`update doi_request set starts = 1, started_at = clock_timestamp() - interval '1 minute'`;
    startWorker();
    await isJudged();
  }, 60_000);
});
