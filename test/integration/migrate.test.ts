import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { HISTORY_TABLE, LOCK_KEY } from '../../src/platform/postgres/ley-driver.js';
import { migrate } from '../../src/platform/postgres/migrate.js';
import { closeSql, openSql } from '../../src/platform/postgres/sql.js';
import { packageRoot } from '../../src/platform/process/package-root.js';
import { checkHubSchema } from '../../src/registry/check-hub-schema.js';
import { compiledUrl, runModule } from '../helpers/compiled.js';
import { openTestDatabase, type TestDatabase } from '../helpers/test-database.js';

const FILES = [
  '0001-hub-tables.mjs',
  '0002-doi-cache.mjs',
  '0003-doi-tables.mjs',
  '0004-triggers.mjs',
  '0005-updates.mjs',
  '0006-explain.mjs',
  '0007-told-changes.mjs',
  '0008-metrics.mjs',
  '0009-incarnation.mjs',
  '0010-installation.mjs',
  '0011-builds-and-leads.mjs',
  '0012-directions.mjs',
  '0013-comments.mjs',
  '0014-sources.mjs',
];

let database: TestDatabase;
beforeEach(async () => {
  database = await openTestDatabase({ empty: true });
});
afterEach(() => database.close());

const run = (direction: 'up' | 'down', more: { schema?: string; lockTimeoutMs?: number } = {}) =>
  migrate({ url: database.url, direction, verify: checkHubSchema, ...more });

async function tables(schema = 'public'): Promise<string[]> {
  const rows = await database.sql`
    select tablename from pg_tables where schemaname = ${schema} order by tablename collate "C"`;
  return rows.map(({ tablename }) => tablename);
}

test('running it again finds nothing to do', async () => {
  expect(await run('up')).toEqual(FILES);
  expect(await run('up')).toEqual([]);
});

test('down deletes everything, and up creates it again', async () => {
  await run('up');
  const made = await tables();
  expect(await run('down')).toEqual(FILES.toReversed());
  expect(await tables()).toEqual([HISTORY_TABLE]);
  expect(await run('up')).toEqual(FILES);
  expect(await tables()).toEqual(made);
});

test('with DOI_SCHEMA everything is in that schema, which is created', async () => {
  await run('up', { schema: 'doi_own' });
  expect(await tables()).toEqual([]);
  expect(await tables('doi_own')).toContain('doi_cache');
  expect(await run('up', { schema: 'doi_own' })).toEqual([]);
});

test('when eight processes migrate at once, then one works and seven find nothing to do', async () => {
  const script = `
    const { migrate } = await import(${JSON.stringify(compiledUrl('platform/postgres/migrate.js'))});
    const { checkHubSchema } = await import(${JSON.stringify(compiledUrl('registry/check-hub-schema.js'))});
    const url = ${JSON.stringify(database.url)};
    console.log(JSON.stringify(await migrate({ url, direction: 'up', verify: checkHubSchema })));`;
  const results = await Promise.all(Array.from({ length: 8 }, () => runModule(script).done));
  expect(results.map(({ code, stderr }) => ({ code, stderr }))).toEqual(
    results.map(() => ({ code: 0, stderr: '' })),
  );
  const applied = results.map(({ stdout }) => JSON.parse(stdout) as string[]);
  expect(applied.filter((names) => names.length > 0)).toEqual([FILES]);
  const history = await database.sql`select name from ${database.sql(HISTORY_TABLE)} order by id`;
  expect(history.map(({ name }) => name)).toEqual(FILES);
});

test('a run waits for another one that holds the lock', async () => {
  const [first, second] = await Promise.all([run('up'), run('up')]);
  expect([first.length, second.length].sort()).toEqual([0, FILES.length]);
});

test('a run that cannot get the lock in time says who holds it', async () => {
  const rival = openSql({ url: database.url, purpose: 'rival', connections: 1 });
  try {
    const [held] = await rival`select pg_advisory_lock(${LOCK_KEY}::bigint), pg_backend_pid() as pid`;
    await expect(run('up', { lockTimeoutMs: 200 })).rejects.toMatchObject({
      code: 'database_unavailable',
      message: expect.stringContaining(`(its server process: ${held?.['pid']})`),
    });
    expect(await tables()).toEqual([]);
  } finally {
    await closeSql(rival);
  }
  // The lock goes with the connection of the one that held it.
  expect(await run('up')).toEqual(FILES);
});

test('a database that does not answer is a host problem', async () => {
  const url = 'postgres://nobody@127.0.0.1:1/nothing';
  await expect(migrate({ url, direction: 'up', verify: checkHubSchema })).rejects.toMatchObject({
    code: 'database_unavailable',
  });
});

test('a history of other migrations is refused, and nothing is applied', async () => {
  await run('up');
  await database.sql`update ${database.sql(HISTORY_TABLE)} set name = '0002-other.mjs' where id = 2`;
  await expect(run('up')).rejects.toMatchObject({
    code: 'schema_incompatible',
    message: 'Migration 2 of this database is 0002-other.mjs, and of this release 0002-doi-cache.mjs.',
  });
});

test('a role that owns no table migrates without setting comments', async () => {
  await run('up');
  const migration = pathToFileURL(join(packageRoot, 'migrations/0013-comments.mjs')).href;
  const { down } = (await import(migration)) as { down: (sql: unknown) => Promise<void> };
  const comments = () =>
    database.sql`select count(*)::int from pg_description where objoid = 'doi_request'::regclass`;
  const before = await comments();
  await database.sql.begin(async (sql) => {
    await sql`create role doi_no_owner`;
    await sql`set local role doi_no_owner`;
    await down(sql);
    await sql`reset role`;
    await sql`drop role doi_no_owner`;
  });
  expect([...(await comments())]).toEqual([...before]);
});

test('migrations that a newer release applied stay', async () => {
  await run('up');
  await database.sql`insert into ${database.sql(HISTORY_TABLE)} (name) values ('0099-newer.mjs')`;
  expect(await run('up')).toEqual([]);
});

describe('beside a State Hub', () => {
  const HUB = ['domains', 'managed_repos', 'repo_goals', 'tpsc_snapshots'];

  async function makeHub(): Promise<void> {
    await database.sql.unsafe(`
      create table domains (id uuid primary key, slug varchar(50), name varchar(200), status varchar(20), extra int);
      create table managed_repos (id uuid primary key, domain_id uuid references domains, slug text, name text,
        local_path text, remote_url text, host_paths jsonb, status text, last_sbom_at timestamptz,
        created_at timestamptz, updated_at timestamptz, extra int);
      create table repo_goals (id uuid primary key, repo_id uuid, status text, updated_at timestamptz);
      create table tpsc_snapshots (id uuid primary key, repo_id uuid, snapshot_at timestamptz);
      insert into domains values (gen_random_uuid(), 'd', 'D', 'active', 1);`);
  }

  async function describeHub(): Promise<unknown> {
    const columns = await database.sql`
      select table_name, column_name, data_type, is_nullable, column_default from information_schema.columns
      where table_schema = 'public' and table_name = any(${HUB}) order by table_name, ordinal_position`;
    const indexes =
      await database.sql`select indexdef from pg_indexes where tablename = any(${HUB}) order by 1`;
    const comments = await database.sql`
      select obj_description(oid, 'pg_class') as comment from pg_class where relname = any(${HUB})`;
    const rows = await database.sql`select slug, extra from domains`;
    return { columns: [...columns], indexes: [...indexes], comments: [...comments], rows: [...rows] };
  }

  test.each([{ schema: undefined }, { schema: 'doi_own' }])(
    'its tables are not changed by up or down (schema $schema)',
    async ({ schema }) => {
      const more = schema === undefined ? {} : { schema };
      await makeHub();
      const before = await describeHub();
      await run('up', more);
      expect(await describeHub()).toEqual(before);
      expect(await tables(schema ?? 'public')).toContain('doi_evaluation');
      await run('down', more);
      expect(await describeHub()).toEqual(before);
      expect(await tables()).toEqual(expect.arrayContaining(HUB));
    },
  );

  test('its doi_cache is used, and stays after down', async () => {
    await makeHub();
    await database.sql`
      create table doi_cache (id uuid primary key, repo_id uuid unique references managed_repos on delete cascade,
        tier varchar(20), core_pass boolean, standard_pass boolean, full_pass boolean, criteria json,
        fingerprint text, checked_at timestamptz, updated_at timestamptz)`;
    await run('up');
    const comments = await database.sql`
      select description from pg_description where objoid = 'doi_cache'::regclass`;
    expect([...comments]).toEqual([]);
    await run('down');
    expect(await tables()).toContain('doi_cache');
  });

  test('a missing column is named, each time', async () => {
    await makeHub();
    await database.sql`alter table managed_repos drop column last_sbom_at`;
    for (const _ of [1, 2]) {
      await expect(run('up')).rejects.toMatchObject({
        code: 'schema_incompatible',
        message: expect.stringContaining('managed_repos: last_sbom_at'),
      });
    }
  });
});
