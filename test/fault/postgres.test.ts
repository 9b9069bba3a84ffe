import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { PRIORITY } from '../../src/domain/request.js';
import type { CheckoutProber } from '../../src/inputs/probe/checkout-prober.js';
import { makeHttpServer } from '../../src/platform/http/server.js';
import { openLog } from '../../src/platform/log.js';
import { closeSql, openSql, type Sql } from '../../src/platform/postgres/sql.js';
import { Scope } from '../../src/platform/process/shutdown.js';
import { watchOnce } from '../../src/producer/watch.js';
import { addReaderRoutes } from '../../src/reader/routes/index.js';
import { registerRepositories } from '../../src/registry/register.js';
import { writeEvaluation } from '../../src/store/evaluations/write-evaluation.js';
import { addRequests } from '../../src/store/requests/add-requests.js';
import { startRequest } from '../../src/store/requests/start-requests.js';
import { handleJob } from '../../src/worker/handle-job.js';
import { type FaultServer, startPostgres } from '../helpers/fault-servers.js';
import { makeSummary } from '../helpers/summary.js';
import { openWorld, readBasis, type World } from '../helpers/world.js';
import { holdProber } from '../integration/held-prober.js';
import { dumpRepository, makeWrite, plainRequest, readRequest } from '../integration/store/rows.js';

const log = openLog('test', 'silent');

let scope: Scope;
let server: FaultServer;
let world: World;
let deps: World['deps'];
let sql: Sql;
let count = 0;
let repoId: string;
beforeAll(async () => {
  scope = new Scope();
  world = scope.add('world', await openWorld('postgres'), (it) => it.close());
  server = scope.add('postgres', await startPostgres(), (it) => it.close());
  sql = scope.add('pool', openSql({ url: server.url, purpose: 'test', connections: 4 }), closeSql);
  const own = { start: (id: string) => startRequest(sql, id), basis: (id: string) => readBasis(sql, id) };
  const summary = scope.add('summary', makeSummary(world.deps, { databaseUrl: server.url }), (it) =>
    it.close(),
  );
  deps = { ...world.deps, sql, summary, ...own };
});
afterAll(() => scope.close());

/** A repository that both databases know: the world's makes its checkout. */
beforeEach(async () => {
  count += 1;
  const slug = `repo-${count}`;
  await world.add(slug, { 'SCOPE.md': '# Scope\n', 'workplans/README.md': 'x' });
  await registerRepositories(sql, { paths: [world.path(slug).replace(/\/$/, '')], host: 'here', slug });
  const [row] = await sql<{ id: string }[]>`select id::text from managed_repos where slug = ${slug}`;
  repoId = row?.id ?? '';
});

/** Starts the server again, and waits until the pool has let go of each connection that died with it. */
async function restartServer(): Promise<void> {
  await server.restart();
  const answersOnEach = () => Promise.all(Array.from({ length: 8 }, () => sql`select pg_sleep(0.01)`));
  await expect
    .poll(() =>
      answersOnEach().then(
        () => true,
        () => false,
      ),
    )
    .toBe(true);
}

const handle = async (change: Partial<World['deps']> = {}) =>
  (await handleJob({ ...deps, ...change }, repoId, new AbortController().signal)).outcome;

describe('when PostgreSQL was restarted or replaced during a pass of the watch', () => {
  it.each<[string, () => Promise<void>]>([
    [
      'since a process of the server crashed, which may lose what was written last',
      async () => {
        const [backend] = await sql<[{ pid: number }]>`select pg_backend_pid() as pid`;
        process.kill(backend.pid, 'SIGKILL');
        await expect
          .poll(() =>
            sql`select pg_sleep(0.01)`.then(
              () => true,
              () => false,
            ),
          )
          .toBe(true);
      },
    ],
    ['since it was started again', restartServer],
  ])('the heartbeat of that pass covers nothing, and that of the next pass does: %s', async (_, replace) => {
    const pass = (prober: CheckoutProber) =>
      watchOnce({ ...deps, prober, capacity: 1, wake: async () => {} });
    await pass(deps.prober);
    const heartbeat = async () => (await sql`select heartbeat::text from doi_host where host = 'here'`)[0];
    const before = await heartbeat();
    const held = holdProber(deps.prober);
    // A statement may meet a connection that died; then the pass failed.
    const passing = pass(held.prober).then(
      ({ hasHeartbeat }) => hasHeartbeat,
      () => false,
    );
    await held.probed;
    await replace();
    held.release();
    expect(await passing).toBe(false);
    expect(await heartbeat()).toEqual(before);
    await expect
      .poll(() =>
        pass(deps.prober).then(
          (pass) => pass.hasHeartbeat,
          () => false,
        ),
      )
      .toBe(true);
  });
});

describe('when PostgreSQL is killed', () => {
  it('in the middle of an evaluation, the worker requeues it without counting the start, and the next start writes', async () => {
    // A person's is on disk when it returns, so that it outlives the server.
    await addRequests(sql, [{ ...plainRequest(repoId), priority: PRIORITY.person }]);
    const check: World['deps']['check'] = async (checkout, signal) => {
      await server.kill();
      return deps.check(checkout, signal);
    };
    expect(await handle({ check })).toMatchObject({
      end: 'put-back',
      hostProblem: { code: 'database_unavailable' },
    });
    await restartServer();
    expect((await dumpRepository(sql, repoId))['doi_failure']).toEqual([]);
    expect(await readRequest(sql, repoId)).toMatchObject({ delay: null });
    expect(await handle()).toMatchObject({ end: 'written' });
    expect(await readRequest(sql, repoId)).toBeUndefined();
  });

  it('in the middle of writes, each write is complete or absent', async () => {
    await sql`insert into doi_evaluation (repo_id) values (${repoId})`;
    let observation = 0;
    const writeUntilItBreaks = async (): Promise<unknown> => {
      for (;;) {
        observation += 1;
        const statuses = observation % 2 === 0 ? (['pass'] as const) : (['fail'] as const);
        try {
          await writeEvaluation(sql, makeWrite({ repoId, observation, statuses }));
        } catch (error) {
          return (error as { code?: unknown }).code;
        }
      }
    };
    const writing = [1, 2, 3, 4].map(writeUntilItBreaks);
    await expect.poll(() => observation).toBeGreaterThan(20);
    // Waits for the disk, and so for what was written before.
    const other = openSql({ url: server.url, purpose: 'other', connections: 1 });
    await other`create table kept ()`;
    await closeSql(other);
    await server.kill();
    expect(new Set(await Promise.all(writing))).toEqual(new Set(['database_unavailable']));
    await restartServer();
    const [row] = await sql<{ ours: boolean; chained: boolean; last: boolean }[]>`
      select e.cache_digest = doi_cache_digest(c.tier, c.core_pass, c.standard_pass, c.full_pass, c.criteria::text,
          c.fingerprint, c.checked_at) as ours,
        (select bool_and(statuses_was is not distinct from before) from (
          select statuses_was, lag(statuses_now) over (order by observation) as before
          from doi_history where repo_id = ${repoId}) h) as chained,
        e.statuses = (select statuses_now from doi_history where repo_id = ${repoId}
          order by observation desc limit 1) as last
      from doi_cache c join doi_evaluation e using (repo_id) where repo_id = ${repoId}`;
    expect(row).toEqual({ ours: true, chained: true, last: true });
  });

  it('a read is 503 at once, and is answered again as soon as PostgreSQL is back', async () => {
    const http = makeHttpServer({ log, address: '127.0.0.1', readToken: undefined });
    addReaderRoutes(http, deps);
    try {
      const status = async () => (await http.inject('/repos/doi/summary')).statusCode;
      expect(await status()).toBe(200);
      await server.kill();
      const began = performance.now();
      await expect.poll(status, { interval: 10 }).toBe(503);
      expect(performance.now() - began).toBeLessThan(2500);
      await restartServer();
      await expect.poll(status, { timeout: 60_000 }).toBe(200);
    } finally {
      await http.close();
    }
  });
});
