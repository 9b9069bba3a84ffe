import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Sql } from '../../src/platform/postgres/sql.js';
import { packageRoot } from '../../src/platform/process/package-root.js';
import { checkHubSchema, HUB_COLUMNS } from '../../src/registry/check-hub-schema.js';
import { openTestDatabase, type TestDatabase } from '../helpers/test-database.js';

let database: TestDatabase;
beforeAll(async () => {
  database = await openTestDatabase();
});
afterAll(() => database.close());

async function dump(sql: Sql): Promise<string> {
  const script = pathToFileURL(join(packageRoot, 'scripts/dump-schema.mjs')).href;
  const { dumpSchema } = (await import(script)) as { dumpSchema: (sql: Sql) => Promise<string> };
  return dumpSchema(sql);
}

test('schema.sql is what the migrations create', async () => {
  expect(await dump(database.sql)).toBe(await readFile(join(packageRoot, 'schema.sql'), 'utf8'));
});

test('schema.sql alone creates the same database', async () => {
  const other = await openTestDatabase({ empty: true });
  try {
    await other.sql.unsafe(await readFile(join(packageRoot, 'schema.sql'), 'utf8'));
    expect(await dump(other.sql)).toBe(await dump(database.sql));
  } finally {
    await other.close();
  }
});

test('each table and column that is ours has a comment that says what it means', async () => {
  const named = await database.sql`
    select c.relname || coalesce('.' || a.attname, '') as name, d.description as comment
    from pg_class c
      left join lateral (
        select attnum, attname from pg_attribute where attrelid = c.oid and attnum > 0 and not attisdropped
        union all select 0, null) a on true
      left join pg_description d on d.objoid = c.oid and d.objsubid = a.attnum and d.classoid = 'pg_class'::regclass
    where c.relnamespace = 'public'::regnamespace and c.relkind = 'r' and c.relname like 'doi\\_%'`;
  expect(named.length).toBeGreaterThan(100);
  expect(named.filter(({ comment }) => comment === null).map(({ name }) => name)).toEqual([]);
});

describe("doi_cache is the seed's", () => {
  test('in its columns, their order, types, nullability and defaults', async () => {
    const columns = await database.sql`
      select a.attname as name, format_type(a.atttypid, a.atttypmod) as type, a.attnotnull as required,
        pg_get_expr(d.adbin, d.adrelid) as default
      from pg_attribute a left join pg_attrdef d on d.adrelid = a.attrelid and d.adnum = a.attnum
      where a.attrelid = 'doi_cache'::regclass and a.attnum > 0 and not a.attisdropped order by a.attnum`;
    const column = (name: string, type: string, required: boolean, value: string | null = null) => ({
      name,
      type,
      required,
      default: value,
    });
    expect([...columns]).toEqual([
      column('id', 'uuid', true),
      column('repo_id', 'uuid', true),
      column('tier', 'character varying(20)', true),
      column('core_pass', 'boolean', true, 'false'),
      column('standard_pass', 'boolean', true, 'false'),
      column('full_pass', 'boolean', true, 'false'),
      column('criteria', 'json', false),
      column('fingerprint', 'text', true),
      column('checked_at', 'timestamp with time zone', false, 'now()'),
      column('updated_at', 'timestamp with time zone', false, 'now()'),
    ]);
  });

  test('in its constraints', async () => {
    const constraints = await database.sql`
      select conname as name, pg_get_constraintdef(oid) as definition from pg_constraint
      where conrelid = 'doi_cache'::regclass and contype <> 'n' order by conname`;
    expect([...constraints]).toEqual([
      { name: 'doi_cache_pkey', definition: 'PRIMARY KEY (id)' },
      {
        name: 'doi_cache_repo_id_fkey',
        definition: 'FOREIGN KEY (repo_id) REFERENCES managed_repos(id) ON DELETE CASCADE',
      },
      { name: 'doi_cache_repo_id_key', definition: 'UNIQUE (repo_id)' },
    ]);
  });

  test('in its index', async () => {
    const indexes = await database.sql`
      select indexname as name from pg_indexes where tablename = 'doi_cache' order by indexname`;
    expect(indexes.map(({ name }) => name)).toEqual([
      'doi_cache_pkey',
      'doi_cache_repo_id_key',
      'ix_doi_cache_repo_id',
    ]);
  });
});

describe('the check of the tables that a hub may have made', () => {
  test('passes on the tables that the migrations create', async () => {
    await expect(checkHubSchema(database.sql)).resolves.toBeUndefined();
  });

  test.each(
    Object.entries(HUB_COLUMNS).flatMap(([table, columns]) => columns.map((column) => ({ table, column }))),
  )('names $table.$column when it is missing', async ({ table, column }) => {
    const undone = new Error('undone');
    const check = database.sql.begin(async (sql) => {
      await sql`alter table ${sql(table)} drop column ${sql(column)} cascade`;
      await expect(checkHubSchema(sql as unknown as Sql)).rejects.toMatchObject({
        code: 'schema_incompatible',
        message: expect.stringContaining(`${table}: ${column}.`),
      });
      throw undone;
    });
    await expect(check).rejects.toBe(undone);
  });

  test('names a missing table', async () => {
    const other = await openTestDatabase({ empty: true });
    try {
      await expect(checkHubSchema(other.sql)).rejects.toMatchObject({
        code: 'schema_incompatible',
        message: expect.stringContaining('the table managed_repos'),
      });
    } finally {
      await other.close();
    }
  });
});
