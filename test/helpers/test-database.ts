/** A database of a test's own, copied from the migrated template. */
import { randomBytes } from 'node:crypto';
import { inject } from 'vitest';
import { closeSql, openSql, type Sql } from '../../src/platform/postgres/sql.js';
import { TEMPLATE } from './test-run.js';

export interface TestDatabase {
  readonly sql: Sql;
  readonly url: string;
  readonly name: string;
  /** Ends all connections to the database, and drops it. */
  close(): Promise<void>;
}

export interface TestDatabaseSettings {
  /** An empty database instead of a migrated one. */
  readonly empty?: boolean;
  readonly connections?: number;
}

/** Opens a database that no other test uses. */
export async function openTestDatabase(settings: TestDatabaseSettings = {}): Promise<TestDatabase> {
  const adminUrl = inject('adminUrl');
  const name = `doi_test_${randomBytes(6).toString('hex')}`;
  const template = settings.empty ? 'template0' : TEMPLATE;
  await runAsAdmin(adminUrl, (sql) => sql`create database ${sql(name)} template ${sql(template)}`);
  const url = new URL(adminUrl);
  url.pathname = name;
  const sql = openSql({ url: url.href, purpose: 'test', connections: settings.connections ?? 4 });
  return {
    sql,
    url: url.href,
    name,
    async close() {
      await closeSql(sql);
      await runAsAdmin(adminUrl, (admin) => admin`drop database if exists ${admin(name)} with (force)`);
    },
  };
}

async function runAsAdmin(url: string, statement: (sql: Sql) => Promise<unknown>): Promise<void> {
  const sql = openSql({ url, purpose: 'test admin', connections: 1 });
  try {
    await statement(sql);
  } finally {
    await closeSql(sql);
  }
}
