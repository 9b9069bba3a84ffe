import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { HostAnswer } from '../../src/api/hosts.js';
import type { SummaryEntry } from '../../src/api/summary.js';
import { packageRoot } from '../../src/platform/process/package-root.js';
import { makeTempFolder, removeFolder } from '../helpers/temp-folder.js';
import { openTestDatabase, type TestDatabase } from '../helpers/test-database.js';
import { openTestRedis, type TestRedis } from '../helpers/test-redis.js';
import { type CheckerFixture, makeChecker } from '../integration/worker/checker-fixture.js';
import { BARE, doi, makeCheckout, processesWith, type Running, startProgram, until } from './programs.js';

const SLUGS = Array.from({ length: 9 }, (_, index) => `repo-${index}`);
let root: string;
let database: TestDatabase;
let redis: TestRedis;
let env: NodeJS.ProcessEnv;
let checker: CheckerFixture;
let worker: Running | undefined;

beforeEach(async () => {
  root = await makeTempFolder('broken');
  database = await openTestDatabase();
  redis = await openTestRedis();
  checker = await makeChecker(join(root, 'checker.mjs'));
  env = {
    ...BARE,
    ...{ DATABASE_URL: database.url, REDIS_URL: redis.url, DOI_HOST: 'here', DOI_WATCH_SECONDS: '1' },
    ...{
      DOI_CONSISTENCY_COMMAND: JSON.stringify(checker.settings.kind === 'command' && checker.settings.argv),
    },
    ...{ DOI_CONCURRENCY: '1', LC_MARK: randomUUID() },
  };
});
afterEach(async () => {
  if ((await processesWith(env['LC_MARK'] ?? '')).length > 0) worker?.signal('SIGKILL');
  await redis.close();
  await database.close();
  await removeFolder(root);
});

const summary = async () => JSON.parse((await doi(['summary', '--json'], env)).stdout) as SummaryEntry[];
const hostProblems = async () => {
  const rows = await database.sql<{ trouble: HostAnswer['trouble'] }[]>`select trouble from doi_host`;
  return rows.flatMap(({ trouble }) => trouble ?? []);
};

it('when the checker breaks for every repository, the worker reports it once, and judges all once it is repaired', async () => {
  await checker.crashes();
  for (const slug of SLUGS) await makeCheckout(join(root, slug), { 'SCOPE.md': '# Scope\n' });
  await doi(['register', ...SLUGS.map((slug) => join(root, slug))], env);
  worker = startProgram([join(packageRoot, 'bin/doi'), 'worker'], env);

  expect(await until(hostProblems, (said) => said?.length === 1)).toMatchObject([{ code: 'checker_broken' }]);
  // The worker records the fifth failure just after the host problem.
  const failed = async () => (await summary()).filter(({ broken }) => broken);
  expect(await until(failed, (entries) => entries.length >= 5)).toHaveLength(5);
  const { stdout } = await doi(['summary'], env);
  expect(stdout.match(/^Problem on here .*checker_broken.*$/gm)).toHaveLength(1);

  await checker.works('repaired');
  const isDone = (entries: SummaryEntry[] | undefined) =>
    entries?.every(({ stale, broken }) => !stale && !broken) ?? false;
  expect(await until(summary, isDone)).toHaveLength(SLUGS.length);
  expect(await until(hostProblems, (said) => said?.length === 0)).toEqual([]);

  worker.signal('SIGTERM');
  const { code, stderr } = await worker.done;
  expect(code).toBe(0);
  for (const message of ['the checker is broken for every repository', 'the worker runs the checker again']) {
    expect(
      stderr.split('\n').filter((line) => line.includes(message)),
      message,
    ).toHaveLength(1);
  }
}, 240_000);
