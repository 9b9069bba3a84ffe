import { randomBytes } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { examinePostgres } from '../../src/doctor/postgres.js';
import { systemClock } from '../../src/platform/clock.js';
import { databaseError } from '../../src/platform/postgres/database-error.js';
import { migrate } from '../../src/platform/postgres/migrate.js';
import { checkEncoding } from '../../src/platform/postgres/session.js';
import { closeSql, openSql, type Sql, type SqlOptions } from '../../src/platform/postgres/sql.js';
import { checkHubSchema } from '../../src/registry/check-hub-schema.js';
import { openTestDatabase, type TestDatabase } from '../helpers/test-database.js';
import { linesOf } from './doctor/examine.js';

let database: TestDatabase;
let role: string;
let admin: Sql;
const pools: Sql[] = [];
beforeAll(async () => {
  database = await openTestDatabase({ empty: true });
  admin = database.sql;
  role = `doi_role_${randomBytes(4).toString('hex')}`;
  await admin.unsafe(`create role ${role} login password 's3cret'`);
});
afterEach(async () => {
  for (const pool of pools.splice(0)) await closeSql(pool);
});
afterAll(async () => {
  await admin.unsafe(`drop owned by ${role}; drop role ${role}`);
  await database.close();
});

/** The URL of the test's database, by default as the role without rights. */
function address({ password = 's3cret', name = database.name } = {}): string {
  const url = new URL(database.url);
  [url.username, url.password, url.pathname] = [role, password, name];
  return url.href;
}

function pool(url: string, more: Partial<SqlOptions> = {}): Sql {
  const sql = openSql({ url, purpose: 'test', connections: 1, ...more });
  pools.push(sql);
  return sql;
}

const failureOf = (work: Promise<unknown>) =>
  work.then(
    () => undefined,
    (error: unknown) => databaseError(error),
  );

describe('an answer of PostgreSQL', () => {
  it.each([
    ['to a wrong password', { password: 'wr0ng' }, /^PostgreSQL refuses the user or the password \(28P01\)/],
    [
      'to a name that it does not know',
      { name: 'no_such' },
      /^PostgreSQL has no database of that name \(3D000\)/,
    ],
  ])('of %s becomes an error that names it, without the password', async (_what, wrong, message) => {
    const error = await failureOf(pool(address(wrong))`select 1`);
    expect(error).toMatchObject({ code: 'database_unavailable', message: expect.stringMatching(message) });
    expect(JSON.stringify([(error as Error).message, error])).not.toMatch(/wr0ng|s3cret/);
  });

  it('that a user has no connection left becomes an error that says so', async () => {
    await admin.unsafe(`alter role ${role} connection limit 0`);
    const error = await failureOf(pool(address())`select 1`);
    await admin.unsafe(`alter role ${role} connection limit -1`);
    expect(error).toMatchObject({ message: 'PostgreSQL has no connection left for this user (53300).' });
  });

  it('that a statement took too long becomes an error that says so, and not a lost connection', async () => {
    const error = await failureOf(pool(address(), { statementTimeoutMs: 50 })`select pg_sleep(5)`);
    expect(error).toMatchObject({
      code: 'database_unavailable',
      message: 'PostgreSQL took too long over a statement, which was ended (57014).',
      remedy: expect.stringContaining('doi doctor'),
    });
  });
});

describe('doi migrate as a user who may not create', () => {
  const run = () => migrate({ url: address(), direction: 'up', verify: checkHubSchema });

  it('names the grant that is needed, and works once it is given', async () => {
    await admin.unsafe('revoke create on schema public from public');
    const error = (await failureOf(run())) as Error & { remedy: string };
    expect(error.message).toContain('permission denied for schema public');
    const [grant = ''] = /grant [^;]+;/.exec(error.remedy) ?? [];
    expect(grant).toBe(`grant usage, create on schema public to "${role}";`);
    await admin.unsafe(grant);
    expect((await run()).length).toBeGreaterThan(5);
  });

  it('analyses the tables that it has made, for the planner', async () => {
    const unknown = await admin`
      select relname from pg_class where relkind = 'r' and relnamespace = 'public'::regnamespace
        and reltuples < 0 and relname <> 'doi_migration'`;
    expect([...unknown]).toEqual([]);
  });

  it('names the grant when a migration meets a table of another user', async () => {
    await migrate({ url: address(), direction: 'down', verify: checkHubSchema });
    await admin.unsafe(`drop owned by ${role}; grant usage, create on schema public to ${role};
      create table domains (id uuid primary key); create table managed_repos (id uuid primary key)`);
    const error = (await failureOf(run())) as Error & { remedy: string };
    expect(error.message).toContain('permission denied for table');
    expect(error.remedy).toMatch(new RegExp(`grant [a-z, ]*references on table \\w+ to "${role}";`));
  });
});

describe('a database that is not in UTF-8', () => {
  let latin: string;
  beforeAll(async () => {
    latin = `${database.name}_latin`;
    await admin.unsafe(`create database ${latin} template template0 encoding 'LATIN1' locale_provider libc
      lc_collate 'C' lc_ctype 'C'`);
  });
  afterAll(async () => {
    await admin.unsafe(`drop database ${latin} with (force)`);
  });
  const url = () => {
    const given = new URL(database.url);
    given.pathname = latin;
    return given.href;
  };
  const refusal = {
    code: 'schema_incompatible',
    message: 'The database is not in UTF-8: its encoding is LATIN1.',
    remedy: expect.stringContaining('--encoding=UTF8'),
  };

  it('is refused by doi migrate, which creates nothing in it', async () => {
    await expect(migrate({ url: url(), direction: 'up', verify: checkHubSchema })).rejects.toMatchObject(
      refusal,
    );
    expect([...(await pool(url())`select tablename from pg_tables where schemaname = 'public'`)]).toEqual([]);
  });

  it('is refused when a process starts, and is a problem for doi doctor', async () => {
    await expect(checkEncoding(pool(url()))).rejects.toMatchObject(refusal);
    const sql = pool(url());
    const lines = await linesOf(async (report) => {
      await examinePostgres({ url: url(), sql, schema: undefined, clock: systemClock }, report);
    });
    expect(lines['encoding']).toMatchObject({ state: 'problem', found: refusal.message });
  });

  it('is a host problem when it lacks a character, and none when JSON holds a NUL', async () => {
    expect(await failureOf(pool(url())`select ${'one … two'}::text`)).toMatchObject({
      code: 'schema_incompatible',
    });
    const error = await failureOf(admin`select ${'{"a":"\\u0000"}'}::text::jsonb->>'a'`);
    expect(error).toMatchObject({ name: 'PostgresError', code: '22P05' });
  });
});
