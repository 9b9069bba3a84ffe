import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ReportAnswer } from '../../src/api/report.js';
import { probeIsolation } from '../../src/checker/isolation.js';
import { type Running, until } from '../e2e/programs.js';
import { dumpRepository } from '../integration/store/rows.js';
import { HOSTILE_CHECKS, type HostileCheck, LARGE_OUTPUTS } from './hostile-checks.js';
import { childrenOf } from './proc.js';
import { openWorkerWorld, type WorkerWorld } from './worker-world.js';

const LIMIT_MS = 2_000;
const LONG_LIMIT_MS = 30_000;
/** How long after its limit a job may end, and after that something of its check be there, each held at five times that. */
const AFTER_MS = 5_000;
const { level } = await probeIsolation(process.env);

/** How a hostile check ended, as it was seen then. */
interface Seen {
  /** From the start of the check to what was recorded of it. */
  readonly jobMs: number;
  /** From then on until nothing of it was left; undefined where something stays. */
  readonly goneMs: number | undefined;
  readonly rows: readonly [before: Row, after: Row];
  readonly answer: ReportAnswer;
}
type Row = unknown;

let ours: WorkerWorld;
let worker: Running;
const seen = new Map<string, Seen>();

const row = async (slug: string): Promise<Row> =>
  (await dumpRepository(ours.world.sql, await ours.world.id(slug)))['doi_cache']?.[0];
const isFresh = async (slug: string) => {
  const { stale, failure, refresh } = await ours.world.read(slug);
  return !stale && failure === null && refresh === null;
};
const allFresh = async () => {
  for (const { slug } of HOSTILE_CHECKS) if (!(await isFresh(slug))) return `${slug} is not`;
  return 'all';
};

/** When something was recorded of each repository since a time, in milliseconds by the database's clock. */
async function recordsSince(since: number): Promise<Map<string, number>> {
  const found = await ours.world.sql<{ slug: string; at: number }[]>`
    select slug, extract(epoch from min(at))::float8 * 1000 as at from (
      select repo_id, last_at as at from doi_failure union all select repo_id, checked_at from doi_cache
    ) as records join managed_repos on id = repo_id
    where at > to_timestamp(${since / 1000}::float8) group by slug`;
  return new Map(found.map(({ slug, at }) => [slug, at]));
}

async function startedAt(slug: string): Promise<number> {
  const starts = await readFile(join(ours.checker, '..', 'starts', slug), 'utf8');
  return Number(starts.trim().split('\n').at(-1)) / 1e6;
}

/** Records how a check ended, and lets the next ones work, which the worker starts by itself. */
async function record({ slug, leavesItsGroup }: HostileCheck, at: number, before: Row): Promise<void> {
  const began = performance.now();
  const [answer, after] = [await ours.world.read(slug), await row(slug)];
  const jobMs = at - (await startedAt(slug));
  await ours.behaves(slug);
  const mayStay = leavesItsGroup === true && level !== 'namespaces';
  if (!mayStay)
    await until(
      () => ours.checksOf(slug),
      ({ length }) => length === 0,
      5 * AFTER_MS,
    );
  const goneMs = mayStay ? undefined : performance.now() - began;
  seen.set(slug, { jobMs, goneMs, rows: [before, after], answer });
}

/** Lets the checks of some repositories do what they do, all at once. */
async function breakAll(checks: readonly HostileCheck[]): Promise<void> {
  const before = new Map<string, Row>();
  for (const { slug, script } of checks) {
    before.set(slug, await row(slug));
    await ours.behaves(slug, script);
  }
  const since = Date.now();
  for (const { slug } of checks) await ours.world.write(slug, 'workplans/README.md', 'Other plans.\n');
  const isSeen = ({ slug }: HostileCheck) => seen.has(slug);
  await until(
    async () => {
      for (const [slug, at] of await recordsSince(since)) {
        const check = checks.find((one) => one.slug === slug && !isSeen(one));
        if (check !== undefined) await record(check, at, before.get(slug));
      }
      return checks.every(isSeen);
    },
    (all) => all,
    300_000,
  );
}

const isEndedByTime = ({ ends }: HostileCheck) => ends === 'checker_timed_out';
const startWorker = (limitMs: number) =>
  ours.startWorker({ ...ours.env, DOI_CHECK_TIMEOUT: String(limitMs / 1000) });

beforeAll(async () => {
  ours = await openWorkerWorld('hostile');
  for (const { slug } of HOSTILE_CHECKS) {
    await ours.world.add(slug, { 'SCOPE.md': '# Scope\n', 'workplans/README.md': 'Plans.\n' });
  }
  for (const [name, make] of Object.entries(LARGE_OUTPUTS))
    await writeFile(join(ours.checker, '..', name), make());
  worker = startWorker(LIMIT_MS);
  await until(allFresh, (which) => which === 'all', 180_000);
  await breakAll(HOSTILE_CHECKS.filter(isEndedByTime));
  worker.signal('SIGTERM');
  await worker.done;
  // A flood ends before its time, on a slow machine too.
  worker = startWorker(LONG_LIMIT_MS);
  await breakAll(HOSTILE_CHECKS.filter((check) => !isEndedByTime(check)));
  const measured = [...seen].map(([slug, { jobMs }]) => `${slug} ${Math.round(jobMs)}`);
  console.log(`from the start of each check to its record, in ms: ${measured.join(', ')}`);
}, 400_000);
afterAll(() => ours.close());

const verdict = ({ criteria }: ReportAnswer, id: string) => criteria.find((one) => one.id === id);
const broken = HOSTILE_CHECKS.filter(({ ends }) => ends !== 'written');
const see = (slug: string): Seen => seen.get(slug) as Seen;

describe('a check that breaks its worker’s rules', () => {
  it.each(HOSTILE_CHECKS)('ends within its limit and five seconds: $slug', (check) => {
    const limitMs = isEndedByTime(check) ? LIMIT_MS : LONG_LIMIT_MS;
    expect(see(check.slug).jobMs).toBeLessThan(limitMs + 5 * AFTER_MS);
  });

  it.each(broken)('is recorded as what it is: $slug, $ends', ({ slug, ends, says }) => {
    const { failure } = see(slug).answer;
    expect(failure).toMatchObject({ code: ends, attempts: 1 });
    for (const pattern of says) expect(failure?.message).toMatch(pattern);
    expect(failure?.message).not.toMatch(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202a-\u202e]|hush/);
    expect(failure?.message.length).toBeLessThanOrEqual(2_000);
  });

  it.each(broken)(
    'leaves the good row as it was, stale for what the checker reads alone: $slug',
    ({ slug }) => {
      const { rows, answer } = see(slug);
      expect(rows[1]).toEqual(rows[0]);
      expect(answer.stale_reasons.map(({ input }) => input)).toEqual(['workplans']);
      expect(verdict(answer, 'C7')).toMatchObject({ status: 'pass' });
    },
  );

  it.for(HOSTILE_CHECKS)('leaves no process behind: $slug', ({ slug, leavesItsGroup }, { skip }) => {
    skip(leavesItsGroup === true && level !== 'namespaces', 'this machine has no namespaces for it');
    expect(see(slug).goneMs).toBeLessThan(5 * AFTER_MS);
  });

  it('does not harm the worker: it judges each repository at the next start, and no process of the check is left', async () => {
    expect(await until(allFresh, (which) => which === 'all', 180_000)).toBe('all');
    const [launcher = '', ...others] = await childrenOf(worker.pid);
    expect(others).toEqual([]);
    await until(
      () => childrenOf(Number.parseInt(launcher, 10)),
      ({ length }) => length === 0,
    );
    // The worker and its launcher.
    expect(await ours.processes()).toHaveLength(2);
  }, 240_000);
});
