import { randomUUID } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { ReportAnswer } from '../../src/api/report.js';
import { packageRoot } from '../../src/platform/process/package-root.js';
import { readReport } from '../../src/reader/read-report.js';
import { BARE, processesWith, type Running, startProgram, until } from '../e2e/programs.js';
import { openTestRedis, type TestRedis } from '../helpers/test-redis.js';
import { openWorld, type World } from '../helpers/world.js';
import { takeNumber } from '../property/never-falsely-fresh/settings.js';

const REPOSITORIES = 20;
const PRODUCERS = 4;
/** The soak makes more of them. */
const ENQUEUES = takeNumber('DOI_STORM_ENQUEUES', 4000);
const DRAIN_MS = 150_000;

let world: World;
let redis: TestRedis;
let env: NodeJS.ProcessEnv;
let mark: string;
let repositories: { id: string; path: string }[];
const running = new Set<Running>();

beforeEach(async () => {
  world = await openWorld('storm');
  redis = await openTestRedis();
  mark = randomUUID();
  await makeChecker();
  env = {
    ...BARE,
    ...{ DATABASE_URL: world.url, REDIS_URL: redis.url, DOI_HOST: 'here', LOG_LEVEL: 'error', LC_MARK: mark },
    ...{ DOI_WATCH_SECONDS: '1', DOI_CONCURRENCY: '8', DOI_CONSISTENCY_COMMAND: JSON.stringify(checker()) },
  };
  world.deps = { ...world.deps, checker: { kind: 'command', argv: checker(), output: 'json' } };
  repositories = [];
  for (let n = 0; n < REPOSITORIES; n += 1) {
    const files = { 'SCOPE.md': '# Scope\n', 'workplans/README.md': 'Plans.\n' };
    repositories.push({ id: await world.add(`r${n}`, files), path: world.path(`r${n}`) });
  }
});

afterEach(async () => {
  for (const one of running) one.signal('SIGKILL');
  const ended = await Promise.all([...running].map((one) => one.done));
  for (const { stderr } of ended) if (stderr !== '') console.error(stderr.slice(0, 4000));
  await redis.close();
  await world.close();
});

/**
 * A checker that two runs for one repository cannot have at once: the kernel holds the lock, and lets go of it when the
 * process dies, however it does. The second one writes down that it met the first.
 */
function checker(): string[] {
  return ['sh', join(world.folder, 'check.sh'), '{slug}'];
}

async function makeChecker(): Promise<void> {
  await mkdir(join(world.folder, 'locks'));
  await writeFile(
    join(world.folder, 'check.sh'),
    `exec 9> "${join(world.folder, 'locks')}/$1"
flock --nonblock 9 || exit 99
sleep 0.02
printf '{"repo": "%s", "findings": []}' "$1"
`,
  );
}

function start(argv: readonly string[], environment: NodeJS.ProcessEnv): Running {
  const one = startProgram(argv, environment);
  running.add(one);
  one.done.then(() => running.delete(one));
  return one;
}

const startWorker = () => start([process.execPath, join(packageRoot, 'bin/doi'), 'worker'], env);

interface Producer {
  /** How many it has asked; its last output. */
  readonly done: Promise<number>;
  /** Whether there was still something to kill. */
  readonly kill: () => boolean;
}

function startProducer(seed: number, count: number): Producer {
  const settings = { url: world.url, redisUrl: redis.url, repositories, count, seed };
  const argv = [
    process.execPath,
    join(packageRoot, 'test/fault/storm-producer.mjs'),
    JSON.stringify(settings),
  ];
  const one = start(argv, { ...BARE, LC_MARK: mark });
  const done = one.done.then(({ stdout, stderr, signal }) => {
    if (signal === null && stderr !== '') throw new Error(stderr);
    return stdout.length;
  });
  const kill = () => {
    if (!running.has(one)) return false;
    one.signal('SIGKILL');
    return true;
  };
  return { done, kill };
}

/**
 * Makes all requests from several processes, whatever becomes of each process.
 * @returns how many of these were killed
 */
async function enqueueAll(killAfterMs: number | undefined): Promise<number> {
  let killed = 0;
  const each = ENQUEUES / PRODUCERS;
  await Promise.all(
    Array.from({ length: PRODUCERS }, async (_, n) => {
      let left = each;
      for (let life = 1; left > 0; life += 1) {
        const producer = startProducer(1 + n + PRODUCERS * life, left);
        // Two lives are cut short, at another moment each; the third one ends by itself.
        const kill = () => {
          if (producer.kill()) killed += 1;
        };
        const timer = killAfterMs && life < 3 ? setTimeout(kill, killAfterMs * (1 + n / 4)) : undefined;
        left -= await producer.done;
        clearTimeout(timer);
      }
    }),
  );
  return killed;
}

async function expectNewestState(workers: readonly Running[]): Promise<void> {
  const open = async () => (await world.sql`select repo_id from doi_request`).length;
  await until(open, (count) => count === 0, DRAIN_MS);
  const answers = await Promise.all(repositories.map((_, n) => world.read(`r${n}`)));
  expect(answers.filter(({ stale }) => stale).map(({ stale_reasons: reasons }) => reasons)).toEqual([]);
  expect(answers.filter(({ failure }) => failure !== null)).toEqual([]);
  // A job that is left over may be handled still, and would run beside what this process judges.
  for (const worker of workers) worker.signal('SIGTERM');
  await Promise.all(workers.map((worker) => worker.done));
  for (const [n, before] of answers.entries()) {
    await world.evaluate(`r${n}`, { forced: true });
    expect(verdicts(await readAnswer(`r${n}`))).toEqual(verdicts(before));
  }
}

const readAnswer = async (slug: string) => (await readReport(world.deps, slug)).answer;
const verdicts = ({ criteria, tier }: ReportAnswer) => ({ criteria, tier });

/** Counts evaluations as they are written, and failures as they are recorded. */
async function countWrites(): Promise<() => Promise<Record<string, number>>> {
  await world.sql.unsafe(`
    create table audit (what text);
    create function audit() returns trigger language plpgsql as $$
      begin
        insert into audit values (coalesce(to_jsonb(new) ->> 'code', 'written'));
        return null;
      end $$;
    create trigger audit after insert or update on doi_cache for each row execute function audit();
    create trigger audit after insert or update on doi_failure for each row execute function audit();
  `);
  return async () => {
    const rows = await world.sql<{ what: string; count: number }[]>`
      select what, count(*)::int from audit group by what`;
    return Object.fromEntries(rows.map(({ what, count }) => [what, count]));
  };
}

describe(`${ENQUEUES} enqueues from ${PRODUCERS} processes over ${REPOSITORIES} repositories`, () => {
  it('leave every repository judged in its newest state, and no two workers judge one at once', async () => {
    const writes = await countWrites();
    const workers = [startWorker(), startWorker()];
    await enqueueAll(undefined);
    await expectNewestState(workers);
    const counts = await writes();
    console.log(`${ENQUEUES} enqueues: ${JSON.stringify(counts)}`);
    expect(counts, 'a second run at once breaks, and nothing else does').toEqual({
      written: counts['written'],
    });
    expect(counts['written']).toBeLessThan(ENQUEUES / 2);
  }, 600_000);

  it('do so when workers and producers are killed meanwhile', async () => {
    const writes = await countWrites();
    const workers = [startWorker(), startWorker()];
    const stop = new AbortController();
    const killing = killWorkers(workers, stop.signal);
    const killed = await enqueueAll(1500);
    stop.abort();
    expect(await killing, 'workers were killed').toBeGreaterThan(0);
    expect(killed, 'producers were killed').toBeGreaterThan(0);
    await expectNewestState(workers);
    const counts = await writes();
    console.log(`${ENQUEUES} enqueues with kills: ${JSON.stringify(counts)}`);
    expect(Object.keys(counts).filter((what) => !['written', 'worker_killed'].includes(what))).toEqual([]);
    expect(await processesWith(mark), 'nothing of it goes on').toEqual([]);
  }, 800_000);
});

/**
 * Kills one worker after the other as soon as it has written something, and starts another in its place.
 * @returns how many were killed
 */
async function killWorkers(workers: Running[], signal: AbortSignal): Promise<number> {
  let kills = 0;
  const written = async () => (await world.sql`select from audit where what = 'written'`).length;
  for (; kills < 6 && !signal.aborted; kills += 1) {
    const before = await written();
    await until(written, (count) => count > before + 20 || signal.aborted, 180_000);
    const [victim] = workers.splice(0, 1);
    victim?.signal('SIGKILL');
    await victim?.done;
    workers.push(startWorker());
  }
  return kills;
}
