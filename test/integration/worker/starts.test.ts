import { rename } from 'node:fs/promises';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { MAX_STARTS } from '../../../src/domain/request.js';
import { closeSql, openSql } from '../../../src/platform/postgres/sql.js';
import { watchOnce } from '../../../src/producer/watch.js';
import { addRequests } from '../../../src/store/requests/add-requests.js';
import { startRequest } from '../../../src/store/requests/start-requests.js';
import { handleJob } from '../../../src/worker/handle-job.js';
import { openWorld, type World } from '../../helpers/world.js';
import { dumpRepository, plainRequest, readRequest } from '../store/rows.js';

let world: World;
let deps: World['deps'];
let count = 0;
let slug: string;
let repoId: string;
beforeAll(async () => {
  world = await openWorld('starts');
  deps = world.deps;
});
beforeEach(async () => {
  world.deps = { ...deps, startsToRevert: new Map() };
  count += 1;
  slug = `repo-${count}`;
  repoId = await world.add(slug, { 'SCOPE.md': '# Scope\n', 'workplans/README.md': 'Plans.\n' });
});
afterAll(() => world.close());

const request = () => readRequest(world.sql, repoId);
const failure = async () => (await dumpRepository(world.sql, repoId))['doi_failure'];
const handle = async (change: Partial<World['deps']> = {}) =>
  (await handleJob({ ...world.deps, ...change }, repoId, new AbortController().signal)).outcome;
const statuses = async () =>
  Object.fromEntries((await world.read(slug)).criteria.map(({ id, status }) => [id, status]));

describe('a repository that moves to another host', () => {
  it('between its request and the start is left to that host, with nothing written', async () => {
    await world.evaluate(slug);
    const before = await dumpRepository(world.sql, repoId);
    await addRequests(world.sql, [plainRequest(repoId, { forced: true })]);
    const other = openSql({ url: world.url, purpose: 'test', connections: 1 });
    let handling: ReturnType<typeof handle> | undefined;
    // The start waits for the request's row, and with it for the move.
    await other.begin(async (transaction) => {
      await transaction`select from doi_request where repo_id = ${repoId} for update`;
      handling = handle();
      const waiting = () => world.sql`
        select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`;
      await expect.poll(waiting).not.toHaveLength(0);
      await transaction`
        update managed_repos set host_paths = '{"there": "/somewhere"}', updated_at = clock_timestamp()
        where id = ${repoId}`;
    });
    await closeSql(other);
    expect(await handling).toEqual({ end: 'not-mine' });
    expect(await request()).toMatchObject({ started: false, starts: 0, forced: true });
    const { doi_cache: row, doi_history: history } = await dumpRepository(world.sql, repoId);
    expect({ row, history }).toEqual({ row: before['doi_cache'], history: before['doi_history'] });
  });
});

describe('a checkout that was not there', () => {
  it('is judged in full when it is back: no skip is kept from the time without it', async () => {
    await rename(world.path(slug), world.path(`${slug}-away`));
    await world.evaluate(slug);
    expect(await statuses()).toMatchObject({ C3: 'fail', C5: 'skip', C6: 'skip', C9: 'skip', C13: 'skip' });
    await rename(world.path(`${slug}-away`), world.path(slug));
    await world.evaluate(slug);
    const after = await statuses();
    expect(after).toMatchObject({ C3: 'pass' });
    for (const id of ['C5', 'C6', 'C9', 'C13']) expect(after[id], id).not.toBe('skip');
    expect((await world.read(slug)).stale).toBe(false);
  });

  it('is judged as gone once it is gone, whatever was not in it', async () => {
    await world.evaluate(slug);
    await rename(world.path(slug), world.path(`${slug}-away`));
    await world.evaluate(slug);
    // CLAUDE.md was absent before as well: the version is the same, and the value is not.
    expect(await statuses()).toMatchObject({ C3: 'fail', C6: 'skip', C12: 'skip' });
  });
});

describe('an evaluation that a newer one supersedes', () => {
  it('several times does not count as ending the worker', async () => {
    await world.sql`insert into doi_evaluation (repo_id, observation) values (${repoId}, 1000000000)`;
    expect(await world.evaluate(slug)).toMatchObject({
      end: 'failed',
      error: { code: 'evaluation_broken', message: expect.stringContaining('Newer evaluations') },
    });
    expect(await request()).toMatchObject({ started: false, starts: 0 });
    // A sequence that a restore left behind would refuse every write for ever.
    expect(await world.evaluate(slug)).toMatchObject({ end: 'written' });
  });

  it('has not counted as a start', async () => {
    await world.evaluate(slug);
    const starts: (number | undefined)[] = [];
    const check: World['deps']['check'] = async (checkout, signal) => {
      starts.push((await request())?.starts);
      if (starts.length <= MAX_STARTS) {
        await world.sql`update doi_evaluation set observation = nextval('doi_observation_seq')
          where repo_id = ${repoId}`;
      }
      return deps.check(checkout, signal);
    };
    await addRequests(world.sql, [plainRequest(repoId, { forced: true })]);
    expect(await handle({ check })).toMatchObject({ end: 'written' });
    expect(starts).toEqual(Array.from({ length: MAX_STARTS + 1 }, () => 1));
  });
});

describe('a start that could not be reverted, as the database was away', () => {
  it('is reverted before the next one, however often that happens', async () => {
    await addRequests(world.sql, [plainRequest(repoId, { forced: true })]);
    for (let time = 0; time < MAX_STARTS + 1; time += 1) {
      const sql = openSql({ url: world.url, purpose: 'test', connections: 1 });
      const check: World['deps']['check'] = async (checkout, signal) => {
        await closeSql(sql);
        return deps.check(checkout, signal);
      };
      expect(await handle({ sql, check })).toMatchObject({
        ...{ end: 'put-back', hostProblem: { code: 'database_unavailable' } },
      });
      expect(await request()).toMatchObject({ starts: 1 });
    }
    expect(await handle()).toMatchObject({ end: 'written' });
    expect(world.deps.startsToRevert.size).toBe(0);
    expect(await failure()).toEqual([]);
  });

  it('is not reverted when another worker has started the request since', async () => {
    await addRequests(world.sql, [plainRequest(repoId, { forced: true })]);
    const sql = openSql({ url: world.url, purpose: 'test', connections: 1 });
    const check: World['deps']['check'] = async (checkout, signal) => {
      await closeSql(sql);
      return deps.check(checkout, signal);
    };
    await handle({ sql, check });
    await startRequest(world.sql, repoId);
    const starts: (number | undefined)[] = [];
    const slow: World['deps']['check'] = async (checkout, signal) => {
      starts.push((await request())?.starts);
      return deps.check(checkout, signal);
    };
    await handle({ check: slow });
    expect(starts).toEqual([3]);
  });
});

describe('the age of a verdict', () => {
  it.each([-3_600_000, 3_600_000])(
    "is by the database's clock, whatever that of the worker says (%i ms off)",
    async (off) => {
      world.deps = { ...world.deps, clock: { ...deps.clock, now: () => Date.now() + off } };
      await world.evaluate(slug);
      const { stale, evaluation } = await world.read(slug);
      expect(stale).toBe(false);
      const [row] = await world.sql<{ at: string }[]>`
        select to_char(checked_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') as at
        from doi_cache where repo_id = ${repoId}`;
      const ages = Object.values(evaluation?.judged_at ?? {}).map(
        (at) => Date.parse(row?.at ?? '') - Date.parse(at),
      );
      expect(ages).toHaveLength(14);
      for (const age of ages) expect(age >= 0 && age < 30_000).toBe(true);
      await watchOnce({ ...world.deps, capacity: 1, wake: async () => {} });
      expect(await request(), 'the watch requests nothing').toBeUndefined();
      expect(await world.evaluate(slug)).toEqual({ end: 'fresh' });
    },
  );
});
