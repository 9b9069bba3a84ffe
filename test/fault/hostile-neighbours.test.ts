import { availableParallelism } from 'node:os';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PRIORITY, type Priority } from '../../src/domain/request.js';
import { addRequests } from '../../src/store/requests/add-requests.js';
import { type Running, until } from '../e2e/programs.js';
import { plainRequest } from '../integration/store/rows.js';
import { openWorkerWorld, type WorkerWorld } from './worker-world.js';

const SLUGS = Array.from({ length: 50 }, (_, index) => `repo-${index}`);
/** Long enough that no repository that waited for it is judged within the time of a run without it. */
const LONG_LIMIT_MS = 60_000;
const SHORT_LIMIT_MS = 2_000;
/** Its worker is killed under its check; it is left out from then on. */
const KILLED = 'repo-0';
const CORES = availableParallelism();

let ours: WorkerWorld;
const ids = new Map<string, string>();
beforeAll(async () => {
  ours = await openWorkerWorld('neighbours');
  for (const slug of SLUGS) ids.set(slug, await ours.world.add(slug, { 'workplans/README.md': 'Plans.\n' }));
}, 180_000);
afterAll(() => ours.close());

async function startWorker(limitMs: number): Promise<Running> {
  const worker = ours.startWorker({ ...ours.env, DOI_CHECK_TIMEOUT: String(limitMs / 1000) });
  const [{ at = '' } = {}] = await ours.world.sql<{ at: string }[]>`select clock_timestamp()::text as at`;
  const passed = () => ours.world.sql`select from doi_host where heartbeat > ${at}::text::timestamptz`;
  await until(passed, (rows) => rows?.length === 1, 180_000);
  return worker;
}

const openRequests = async () => {
  const rows = await ours.world.sql<{ slug: string }[]>`
    select slug from doi_request join managed_repos on id = repo_id
    union all select slug from managed_repos m where not exists (select from doi_cache where repo_id = m.id)`;
  return rows.map(({ slug }) => slug);
};

/**
 * Requests all of them at once, the hostile ones first, so that a worker judges them again.
 * @returns in how many milliseconds all others were, by the database's clock
 */
async function judgeAll(hostile: readonly string[]): Promise<number> {
  for (const slug of hostile) await ours.behaves(slug, 'exec sleep 600');
  const { sql } = ours.world;
  const others = SLUGS.filter((slug) => !hostile.includes(slug) && slug !== KILLED);
  const requests = (slugs: readonly string[], priority: Priority) =>
    slugs.map((slug) => plainRequest(ids.get(slug) ?? '', { forced: true, wanted: null, priority }));
  const [{ began = '' } = {}] = await sql<{ began: string }[]>`select clock_timestamp()::text as began`;
  await addRequests(sql, [...requests(hostile, PRIORITY.person), ...requests(others, PRIORITY.nightly)]);
  const judged = () => sql<{ ms: number }[]>`
    select extract(epoch from checked_at - ${began}::text::timestamptz)::float8 * 1000 as ms
    from doi_cache join managed_repos m on m.id = repo_id
    where slug = any(${others}) and checked_at > ${began}::text::timestamptz`;
  const rows = await until(judged, (found) => found?.length === others.length, 180_000);
  return Math.round(Math.max(...rows.map(({ ms }) => ms)));
}

describe('repositories whose checks hang, among fifty that are requested at once,', () => {
  let alone: number;

  it('do not delay the others when it is one: the worker judges them while it hangs', async () => {
    const worker = await startWorker(LONG_LIMIT_MS);
    await until(openRequests, (open) => open.length === 0, 180_000);
    alone = await judgeAll([]);
    const beside = await judgeAll([KILLED]);
    console.log(`49 repositories: ${alone} ms; beside one that hangs: ${beside} ms`);
    expect(beside).toBeLessThan(alone + LONG_LIMIT_MS);
    expect(await ours.checksOf(KILLED), 'it hangs').not.toEqual([]);
    expect(await openRequests()).toEqual([KILLED]);
    expect(await ours.world.sql`select from doi_failure`).toEqual([]);
    worker.signal('SIGKILL');
    await worker.done;
  }, 480_000);

  it('delay the others by one time-out when they are as many as cores', async () => {
    const worker = await startWorker(SHORT_LIMIT_MS);
    const hostile = SLUGS.slice(1, 1 + CORES);
    const beside = await judgeAll(hostile);
    console.log(`beside ${CORES} that hang for ${SHORT_LIMIT_MS} ms: ${49 - CORES} in ${beside} ms`);
    expect(beside).toBeLessThan(5 * (alone + SHORT_LIMIT_MS));
    const failed = await ours.world.sql<{ slug: string; code: string }[]>`
      select slug, code from doi_failure join managed_repos on id = repo_id where slug <> ${KILLED}`;
    expect(failed.map(({ slug }) => slug).sort()).toEqual([...hostile].sort());
    for (const { code } of failed) expect(code).toBe('checker_timed_out');
    worker.signal('SIGKILL');
    await worker.done;
  }, 480_000);
});
