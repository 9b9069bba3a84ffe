import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import postgres from 'postgres';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PRIORITY } from '../../src/domain/request.js';
import { ARRAY_TYPES } from '../../src/platform/postgres/driver-types.js';
import { closeSql, HTTP_LIMITS, openSql, type Sql } from '../../src/platform/postgres/sql.js';
import { packageRoot } from '../../src/platform/process/package-root.js';
import { readRegistrations } from '../../src/registry/rows.js';
import { countFailuresByCode } from '../../src/store/evaluations/failures.js';
import { countForeignRows } from '../../src/store/evaluations/foreign-rows.js';
import { readHistory } from '../../src/store/evaluations/history.js';
import { readBases } from '../../src/store/evaluations/read-basis.js';
import { readChanges } from '../../src/store/evaluations/read-changes.js';
import {
  readFullRowVersions,
  readRowVersions,
  readStoredRows,
} from '../../src/store/evaluations/read-stored.js';
import { readStoredStates } from '../../src/store/evaluations/read-stored-states.js';
import { readHosts } from '../../src/store/hosts/read-hosts.js';
import { readSnapshot } from '../../src/store/metrics-snapshot.js';
import { listForWatch, probeRegistry } from '../../src/store/repositories/probe-registry.js';
import { addRequests } from '../../src/store/requests/add-requests.js';
import { readCompletions } from '../../src/store/requests/completion-watch.js';
import { countOpen } from '../../src/store/requests/find-requests.js';
import { startRequests } from '../../src/store/requests/start-requests.js';
import { openTestDatabase, type TestDatabase } from '../helpers/test-database.js';

/** A server with JIT compiles a plan of more than 100,000, for seconds. */
const HIGHEST_COST = 20_000;
const limits = { observedLimitMs: 60_000, runningLimitMs: 90_000 };

let database: TestDatabase;
let ids: string[];
beforeAll(async () => {
  database = await openTestDatabase({ empty: true });
  await fillUnanalysed(database.sql);
  ids = (await database.sql<{ id: string }[]>`select id::text from managed_repos`).map(({ id }) => id);
});
afterAll(() => database.close());

/** 200 judged repositories in tables without statistics: as after a restore of a small registry, for ever. */
async function fillUnanalysed(sql: Sql): Promise<void> {
  await sql.unsafe(await readFile(join(packageRoot, 'schema.sql'), 'utf8'));
  const tables = await sql<
    { name: string }[]
  >`select tablename as name from pg_tables where schemaname = 'public'`;
  for (const { name } of tables) await sql`alter table ${sql(name)} set (autovacuum_enabled = off)`;
  await sql.unsafe(`
    insert into domains (slug, name) values ('default', 'default');
    insert into managed_repos (domain_id, slug, name, host_paths)
      select d.id, 'repo-' || n, 'repo-' || n, '{"here": "/srv/repo"}' from domains d, generate_series(1, 200) n;
    insert into doi_cache (id, repo_id, tier, criteria, fingerprint)
      select gen_random_uuid(), id, 'core', json_build_array(repeat('x', 2000)), repeat('f', 600) from managed_repos;
    insert into doi_evaluation (repo_id, observation, tier, statuses, inputs)
      select id, 1, 'core', '{}', to_jsonb(repeat('x', 800)) from managed_repos;
    insert into doi_observation (repo_id, host, fingerprint, since, seen_at, recorded_at)
      select id, 'here', repeat('f', 600), now(), now(), now() from managed_repos;
    insert into doi_request (repo_id, seq, forced, priority, reason, requested_at)
      select id, 1, false, 2, repeat('r', 60), now() from managed_repos;
    insert into doi_push (repo_id, branch, head, pushed_at) select id, 'main', repeat('0', 40), now() from managed_repos;
    insert into doi_host (host, heartbeat, version, capacity) values ('here', now(), '1', 1);`);
}

const STATEMENTS: readonly [what: string, run: (sql: Sql) => Promise<unknown>][] = [
  ['a report', (sql) => readStoredRows(sql, { ...limits, slugs: ['repo-7'] })],
  ['its row version', (sql) => readRowVersions(sql, ['repo-7'])],
  ['the summary', (sql) => readStoredRows(sql, limits)],
  ['a part of it', (sql) => readStoredRows(sql, { ...limits, ids: ids.slice(0, 10) })],
  ['all row versions', (sql) => readFullRowVersions(sql)],
  ['a history', (sql) => readHistory(sql, { slug: 'repo-7', limit: 10, cursor: undefined })],
  ['what got worse', (sql) => readChanges({ sql, historyDays: 365 }, CHANGES)],
  [
    'what changed',
    (sql) => readChanges({ sql, historyDays: 365 }, { ...CHANGES, direction: 'all', cursor: '1-1' }),
  ],
  ['the hosts', (sql) => readHosts({ sql, ...limits })],
  ['the metrics', (sql) => readSnapshot({ sql, ...limits })],
  ['a probe of one', (sql) => probeRegistry(sql, ids.slice(0, 1))],
  ['a probe of all', (sql) => probeRegistry(sql)],
  ['the repositories of a pass', (sql) => listForWatch(sql, 'here')],
  ['what is stored', (sql) => readStoredStates(sql, ids)],
  [
    'what a sweep waits for',
    (sql) =>
      countOpen(
        sql,
        ids.map((repoId) => ({ repoId, host: 'here' })),
        SWEEP,
      ),
  ],
  ['the bases of jobs', (sql) => readBases(sql, ids.slice(0, 3))],
  ['a new request', (sql) => addRequests(sql, [requestFor(ids[0] ?? '')])],
  ['starts', (sql) => startRequests(sql, ids.slice(0, 3))],
  ['whether it has ended', (sql) => readCompletions(sql, [{ repoId: ids[0] ?? '', after: '0' }])],
  ['the registrations', (sql) => readRegistrations(sql)],
  ['what doctor counts', async (sql) => [await countForeignRows(sql), await countFailuresByCode(sql)]],
];
const CHANGES = { since: '7d', direction: 'worse', limit: 10, cursor: undefined } as const;
const SWEEP = { limitMs: 60_000, grace: null, sweep: '00000000-0000-0000-0000-000000000000' };
const requestFor = (repoId: string) => ({
  ...{ repoId, reason: 'test', priority: PRIORITY.person, forced: false, wanted: null },
});

/** The texts of the statements that a function runs, and the cost that PostgreSQL expects of each, for any values. */
async function costsOf(run: (sql: Sql) => Promise<unknown>): Promise<number[]> {
  const texts: string[] = [];
  const sql = postgres(database.url, {
    ...{ max: 1, fetch_types: false, types: ARRAY_TYPES, onnotice: () => {} },
    debug: (_connection, text) => texts.push(text),
    connection: { plan_cache_mode: 'force_generic_plan' },
  });
  try {
    await run(sql);
    const costs: number[] = [];
    for (const text of texts.splice(0)) {
      const most = Math.max(0, ...(text.match(/\$\d+/g) ?? []).map((name) => Number(name.slice(1))));
      const values = most === 0 ? '' : `(${Array.from({ length: most }, () => 'null').join(', ')})`;
      await sql.unsafe(`prepare examined as ${text}`);
      const [row] = await sql.unsafe(`explain (format json) execute examined${values}`);
      await sql`deallocate examined`;
      costs.push(row?.['QUERY PLAN'][0].Plan['Total Cost']);
    }
    return costs;
  } finally {
    await closeSql(sql);
  }
}

describe('where PostgreSQL has never analysed our tables', () => {
  it.each(STATEMENTS)('%s is expected to cost little', async (_what, run) => {
    const costs = await costsOf(run);
    expect(costs.length).toBeGreaterThan(0);
    expect(Math.max(...costs)).toBeLessThan(HIGHEST_COST);
  });

  // What a pooler does with our settings: the server's own stand, JIT among them where it has it.
  it('a report and the summary are read within the limits of a reader, with the settings of the server too', async () => {
    const bare = postgres(database.url, {
      ...{ max: 1, fetch_types: false, types: ARRAY_TYPES },
      connection: { statement_timeout: HTTP_LIMITS.statementTimeoutMs },
    });
    try {
      expect(await readStoredRows(bare, { ...limits, slugs: ['repo-7'] })).toHaveLength(1);
      expect(await readStoredRows(bare, limits)).toHaveLength(200);
    } finally {
      await closeSql(bare);
    }
  });
});

it('our connections compile no statement, whatever the server is set to', async () => {
  const sql = openSql({ url: database.url, purpose: 'test', connections: 1 });
  const [row] = await sql`select current_setting('jit') as jit`;
  await closeSql(sql);
  expect(row).toEqual({ jit: 'off' });
});
