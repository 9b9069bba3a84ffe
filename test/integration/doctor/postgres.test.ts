import { randomBytes } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { examinePostgres, judgeRelease, judgeWriting } from '../../../src/doctor/postgres.js';
import { judgeReads } from '../../../src/doctor/tables.js';
import { type Clock, systemClock } from '../../../src/platform/clock.js';
import { migrate } from '../../../src/platform/postgres/migrate.js';
import { closeSql, openSql } from '../../../src/platform/postgres/sql.js';
import { checkHubSchema } from '../../../src/registry/check-hub-schema.js';
import { openTestDatabase, type TestDatabase } from '../../helpers/test-database.js';
import { openWorld } from '../../helpers/world.js';
import { type Lines, linesOf } from './examine.js';

let database: TestDatabase;
beforeEach(async () => {
  database = await openTestDatabase();
  return () => database.close();
});

/** The lines for a database, and whether it counts as usable. */
async function runChecks(
  url = database.url,
  { clock = systemClock, schema }: { clock?: Clock; schema?: string } = {},
): Promise<{ lines: Lines; isUsable: unknown }> {
  const sql = openSql({ url, schema, purpose: 'test doctor', connections: 1, statementTimeoutMs: 500 });
  let isUsable: unknown;
  try {
    const lines = await linesOf(async (report) => {
      isUsable = await examinePostgres({ url, sql, schema, clock }, report);
    });
    return { lines, isUsable };
  } finally {
    await closeSql(sql);
  }
}

describe('the migrations', () => {
  it('are reported as missing all together, and no check that needs them runs', async () => {
    const empty = await openTestDatabase({ empty: true });
    try {
      const { lines, isUsable } = await runChecks(empty.url);
      expect(isUsable).toBe(false);
      expect(lines['migrations']).toMatchObject({ state: 'problem', remedy: 'Run "doi migrate".' });
      expect(Object.keys(lines)).not.toContain('rights');
    } finally {
      await empty.close();
    }
  });

  it('are named when the last ones are missing, or are those of another release', async () => {
    const [last] = await database.sql`
      delete from doi_migration where name = (select max(name) from doi_migration) returning name`;
    const missing = await runChecks();
    expect(missing.isUsable).toBe(false);
    expect(missing.lines['migrations']).toMatchObject({
      state: 'problem',
      found: expect.stringMatching(new RegExp(`^1 of \\d+ are missing: ${last?.['name']}`)),
      remedy: 'Run "doi migrate".',
    });
    await database.sql`update doi_migration set name = '0004-others.mjs' where name like '0004%'`;
    expect((await runChecks()).lines['migrations']).toMatchObject({
      state: 'problem',
      found: expect.stringContaining('0004-others.mjs, and of this release 0004-triggers.mjs'),
    });
  });

  it('of a newer release are a warning, since this one can still read', async () => {
    await database.sql`insert into doi_migration (name) values ('9999-later.mjs')`;
    const { lines, isUsable } = await runChecks();
    expect(isUsable).toBe(true);
    expect(lines['migrations']).toMatchObject({
      state: 'warning',
      found: expect.stringContaining('9999-later.mjs'),
    });
  });

  it('are those of DOI_SCHEMA when it is set, and tables in public do not count', async () => {
    const own = { schema: 'own' };
    const missing = await runChecks(database.url, own);
    expect(missing.isUsable).toBe(false);
    expect(missing.lines['migrations']).toMatchObject({
      state: 'problem',
      found: expect.stringContaining('not in the schema own (DOI_SCHEMA)'),
    });
    await migrate({ url: database.url, schema: 'own', direction: 'up', verify: checkHubSchema });
    expect((await runChecks(database.url, own)).lines['migrations']).toMatchObject({ state: 'ok' });
  });
});

it('a column that a hub lacks is a problem that names it, of doi_cache too', async () => {
  await database.sql`alter table domains drop column status`;
  await database.sql`alter table doi_cache drop column fingerprint`;
  const { lines, isUsable } = await runChecks();
  expect(isUsable).toBe(false);
  expect(lines['hub columns']).toMatchObject({
    state: 'problem',
    found: expect.stringContaining('doi_cache: fingerprint; domains: status'),
    remedy: expect.stringContaining('State Hub'),
  });
});

describe('when PostgreSQL refuses', () => {
  let role: string;
  let url: string;
  beforeEach(async () => {
    role = `doi_reader_${randomBytes(4).toString('hex')}`;
    await database.sql`create role ${database.sql(role)} login password 's3cret'`;
    const given = new URL(database.url);
    given.username = role;
    given.password = 's3cret';
    url = given.href;
  });
  afterEach(async () => {
    await database.sql`drop owned by ${database.sql(role)}`;
    await database.sql`drop role ${database.sql(role)}`;
  });

  it('a right on a table, then doctor reports a problem, and the statement of its remedy corrects it', async () => {
    await database.sql`grant usage on schema public to ${database.sql(role)}`;
    // What the other checks read themselves.
    await database.sql`grant select on all tables in schema public to ${database.sql(role)}`;
    const { lines } = await runChecks(url);
    expect(lines['rights']).toMatchObject({
      state: 'problem',
      found: expect.stringMatching(new RegExp(`^${role} lacks insert on doi_cache, .*, and \\d+ more\\.$`)),
    });
    const grants = lines['rights']?.remedy?.match(/grant [^;]+;/g) ?? [];
    expect(grants.length).toBeGreaterThan(2);
    for (const grant of grants) await database.sql.unsafe(grant);
    expect((await runChecks(url)).lines['rights']).toMatchObject({ state: 'ok' });
  });

  it('a connection, then doctor reports a problem in the words of the server, without the password', async () => {
    const { lines, isUsable } = await runChecks(url.replace('s3cret', 'wr0ng'));
    expect(isUsable).toBe(false);
    expect(Object.keys(lines)).toEqual(['server']);
    expect(lines['server']).toMatchObject({
      state: 'problem',
      found: expect.stringContaining(`password authentication failed for user "${role}" (28P01)`),
    });
    expect(JSON.stringify(lines)).not.toContain('wr0ng');
    const other = new URL(url);
    other.pathname = 'no_such_database';
    expect((await runChecks(other.href)).lines['server']?.found).toContain(
      '"no_such_database" does not exist',
    );
  });

  it('every write, by a setting, then doctor reports a problem', async () => {
    await database.sql.unsafe(`alter role ${role} set default_transaction_read_only = on`);
    expect((await runChecks(url)).lines['writing']).toMatchObject({ state: 'problem' });
    expect((await runChecks()).lines['writing']).toMatchObject({ state: 'ok' });
  });
});

it('a standby is a problem, and an old release a warning', () => {
  const server = {
    ...{ release: '12.22', user: 'doi', encoding: 'UTF8', recovering: true, read_only: 'off' },
    ...{ fsync: 'on', full_page_writes: 'on', synchronous_commit: 'on' },
  };
  expect(judgeWriting(server)).toMatchObject({ state: 'problem', found: expect.stringContaining('standby') });
  expect(judgeRelease(server, 'h/x')).toMatchObject({
    state: 'warning',
    remedy: expect.stringContaining('13'),
  });
});

it('settings by which a crash loses something are a warning that names them', async () => {
  // The tests' own server is fast and unsafe.
  expect((await runChecks()).lines['durability']).toMatchObject({
    state: 'warning',
    found: expect.stringContaining('fsync off'),
    remedy: expect.stringContaining('fsync and full_page_writes'),
  });
});

it('doctor runs and times the statements of readers', async () => {
  expect((await runChecks()).lines['reads']).toMatchObject({
    state: 'ok',
    found: expect.stringMatching(/^a report in \d+ ms, the summary of 0 repositories in \d+ ms$/),
  });
});

it.each([
  [300, 'ok'],
  [600, 'warning'],
  [2100, 'problem'],
])('a report that takes %i ms makes the line %s', (reportMs, state) => {
  expect(judgeReads({ reportMs, summaryMs: 1, repositories: 1 })).toMatchObject({ state });
});

it.each([
  [0, 'ok', 'this host'],
  [5000, 'warning', '5.0 s behind'],
  [-5000, 'warning', '5.0 s ahead'],
  [300_000, 'problem', '300.0 s behind'],
])('a clock of this host that is %i ms ahead makes the line %s', async (ahead, state, found) => {
  const clock = { ...systemClock, now: () => systemClock.now() + ahead };
  expect((await runChecks(database.url, { clock })).lines['clock']).toMatchObject({
    state,
    found: expect.stringContaining(found),
  });
});

it('when another program keeps a table locked, then one check reports it, and the others run all the same', async () => {
  await database.sql.begin(async (sql) => {
    await sql`lock table doi_evaluation in access exclusive mode`;
    const { lines, isUsable } = await runChecks();
    expect(lines['other writers']).toMatchObject({
      state: 'problem',
      found: expect.stringMatching(
        /^PostgreSQL says: cancell?ing statement due to (?:lock|statement) timeout/,
      ),
    });
    expect(lines['reads']).toMatchObject({ state: 'problem', remedy: expect.stringContaining('lock') });
    expect(lines['rights']).toMatchObject({ state: 'ok' });
    expect(isUsable).toBe(true);
  });
});

describe('rows of another program', () => {
  it('are distinguished: overwritten, or never judged by doi-worker', async () => {
    const world = await openWorld('doctor-rows');
    try {
      for (const slug of ['one', 'two', 'three']) await world.add(slug);
      for (const slug of ['one', 'two']) await world.evaluate(slug);
      expect((await runChecks(world.url)).lines['other writers']).toMatchObject({
        state: 'ok',
        found: 'none found: doi-worker wrote all of 2 rows in doi_cache',
      });
      await world.sql`
        insert into doi_cache (id, repo_id, tier, fingerprint)
        values (gen_random_uuid(), ${await world.id('three')}, 'full', 'x')`;
      expect((await runChecks(world.url)).lines['other writers']).toMatchObject({
        state: 'warning',
        found: expect.stringMatching(/^Another program wrote 1 of 3 rows .*has not judged yet/),
        remedy: expect.stringContaining('doi sweep'),
      });
      await world.sql`update doi_cache set tier = 'full' where repo_id = ${await world.id('one')}`;
      expect((await runChecks(world.url)).lines['other writers']).toMatchObject({
        state: 'warning',
        found: expect.stringMatching(/^Another program overwrote 1 of 3 rows /),
        remedy: expect.stringContaining('DOI_SCHEMA'),
      });
    } finally {
      await world.close();
    }
  });
});
