import { randomUUID } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { ReportAnswer } from '../../src/api/report.js';
import { findFreePort } from '../../src/local/free-port.js';
import { packageRoot } from '../../src/platform/process/package-root.js';
import { makeTempFolder, removeFolder } from '../helpers/temp-folder.js';
import { openTestDatabase, type TestDatabase } from '../helpers/test-database.js';
import { openTestRedis, type TestRedis } from '../helpers/test-redis.js';
import { scope } from '../integration/criteria/texts.js';
import { BARE, doi, makeCheckout, processesWith, type Running, startProgram, until } from './programs.js';

const SLUGS = ['widget', 'gadget', 'gizmo'];
let root: string;
let database: TestDatabase;
let redis: TestRedis;
let env: NodeJS.ProcessEnv;
let mark: string;
let running: Running[];

beforeEach(async () => {
  root = await makeTempFolder('processes');
  database = await openTestDatabase({ empty: true });
  redis = await openTestRedis();
  mark = randomUUID();
  running = [];
  env = {
    ...BARE,
    ...{ DATABASE_URL: database.url, REDIS_URL: redis.url, PORT: String(await findFreePort()) },
    ...{ DOI_HOST: 'here', DOI_WATCH_SECONDS: '1', DOI_FRESHNESS: '0', LC_MARK: mark },
  };
});

afterEach(async () => {
  // A process that has ended has no group any more.
  for (const each of running) if (await isRunning(each)) each.signal('SIGKILL');
  await redis.close();
  await database.close();
  await removeFolder(root);
});

it('the processes of the Procfile judge what is registered, follow an edit, and end at SIGTERM', async () => {
  const procfile = await readProcfile();
  expect((await startLine(procfile['release']).done).code).toBe(0);
  const [web, worker] = [startLine(procfile['web']), startLine(procfile['worker'])];
  running = [web, worker];
  for (const slug of SLUGS) await makeCheckout(join(root, slug), { 'SCOPE.md': '# Scope\n' });
  const registered = await doi(['register', ...SLUGS.map((slug) => join(root, slug))], env);
  expect(registered).toMatchObject({ code: 0, stderr: '' });

  // What was seen twice while it was judged is asked for once more, and found fresh.
  const [first, ...others] = await Promise.all(SLUGS.map((slug) => until(() => read(slug), isAtRest)));
  expect(statusOf(first, 'C5')).toBe('warn');

  // Held still, the worker cannot judge the edit before the test has read that it is stale.
  worker.signal('SIGSTOP');
  await writeFile(join(root, 'widget/SCOPE.md'), scope());
  const stale = await until(() => read('widget'), Boolean);
  worker.signal('SIGCONT');
  expect(stale).toMatchObject({ stale: true, checked_at: first?.checked_at, tier: first?.tier });
  expect(stale?.stale_reasons).toMatchObject([{ input: 'SCOPE.md', code: 'input_changed' }]);

  const after = await until(() => read('widget'), isAtRest);
  expect(statusOf(after, 'C5')).toBe('pass');
  expect(after?.evaluation?.ran).toEqual(['C5', 'C11']);
  expect(await Promise.all(SLUGS.slice(1).map(read))).toEqual(others);

  const why = await doi(['why', 'widget'], env);
  expect(why.stdout).toMatch(
    /^ {2}SCOPE\.md was edited at .*\n {4}was \d.*\n {4}now \d.*\nRan: C5 [\d.]+ ms, C11 [\d.]+ ms\nKept, .*: C1, C2, C3, C4, C6,/m,
  );

  for (const each of running) each.signal('SIGTERM');
  const ends = await Promise.all(running.map(({ done }) => done));
  expect(ends.map(({ code, signal }) => ({ code, signal }))).toEqual(SLUGS.slice(1).map(() => ended(0)));
  expect(await processesWith(mark)).toEqual([]);
}, 240_000);

it('a worker judges an edit within a second, though its watch makes one pass an hour and no request comes', async () => {
  const procfile = await readProcfile();
  await startLine(procfile['release']).done;
  for (const slug of SLUGS) await makeCheckout(join(root, slug), { 'SCOPE.md': '# Scope\n' });
  await doi(['register', ...SLUGS.map((slug) => join(root, slug))], env);
  const rarely = { DOI_WATCH_SECONDS: '3600' };
  running = [startLine(procfile['web'], rarely), startLine(procfile['worker'], rarely)];
  await Promise.all(SLUGS.map((slug) => until(() => read(slug), isFresh)));
  const edits = [scope(), '# Scope\n', scope()];
  for (const [at, text] of edits.entries()) {
    await writeFile(join(root, 'widget/SCOPE.md'), text);
    const wanted = at % 2 === 0 ? 'pass' : 'warn';
    // Five times the second that is promised.
    const isJudged = (report: ReportAnswer | undefined) =>
      isFresh(report) && statusOf(report, 'C5') === wanted;
    await until(() => read('widget'), isJudged, 5000);
  }
}, 180_000);

it('a web process serves without Redis; a worker without its database ends, and both say why', async () => {
  const procfile = await readProcfile();
  await startLine(procfile['release']).done;
  const web = startLine(procfile['web'], { REDIS_URL: 'redis://127.0.0.1:1' });
  running = [web];
  expect(
    await until(
      () => get('/repos/doi/summary'),
      (answer) => answer?.status === 200,
    ),
  ).toBeDefined();
  const worker = startLine(procfile['worker'], { DATABASE_URL: 'postgres://me:secret@127.0.0.1:1/x' });
  const { code, stderr } = await worker.done;
  expect(code).toBe(3);
  expect(stderr).toMatch(/^doi: PostgreSQL does not answer[^\n]*\n {2}\S/m);
  expect(stderr).not.toContain('secret');
  web.signal('SIGINT');
  expect((await web.done).code).toBe(0);
  expect(await processesWith(mark)).toEqual([]);
}, 180_000);

function ended(code: number) {
  return { code, signal: null };
}

async function readProcfile(): Promise<Record<string, string>> {
  const text = await readFile(join(packageRoot, 'Procfile'), 'utf8');
  const lines = text.split('\n').filter((line) => line !== '');
  return Object.fromEntries(lines.map((line) => line.split(/:\s*/, 2) as [string, string]));
}

/** Starts a line of the Procfile as a process manager does: by a shell that makes way for it. */
function startLine(line: string | undefined, more: NodeJS.ProcessEnv = {}): Running {
  if (line === undefined) throw new Error('The Procfile has no such line.');
  return startProgram(['/bin/sh', '-c', `exec ${line}`], { ...env, ...more });
}

async function isRunning({ pid }: Running): Promise<boolean> {
  return (await processesWith(mark)).some((line) => line.startsWith(`${pid} `));
}

async function get(path: string): Promise<Response | undefined> {
  // The server does not listen yet at first.
  return fetch(`http://127.0.0.1:${env['PORT']}${path}`).catch(() => undefined);
}

async function read(slug: string): Promise<ReportAnswer | undefined> {
  const response = await get(`/repos/${slug}/doi`);
  return response?.ok ? ((await response.json()) as ReportAnswer) : undefined;
}

function isFresh(report: ReportAnswer | undefined): boolean {
  return report?.stale === false;
}

function isAtRest(report: ReportAnswer | undefined): boolean {
  return isFresh(report) && report?.refresh === null;
}

function statusOf(report: ReportAnswer | undefined, id: string): string | undefined {
  return report?.criteria.find((criterion) => criterion.id === id)?.status;
}
