import { Redis } from 'ioredis';
import { expect, test } from 'vitest';
import { closeSql, openSql } from '../../src/platform/postgres/sql.js';
import { startPostgres, startRedis } from '../helpers/fault-servers.js';

async function query(url: string, statement: string): Promise<unknown[]> {
  const sql = openSql({ url, purpose: 'test', connections: 1 });
  try {
    return [...(await sql.unsafe(statement))];
  } finally {
    await closeSql(sql);
  }
}

test('a PostgreSQL of a test can be killed and comes back at the same address with its data', async () => {
  const server = await startPostgres();
  try {
    await query(server.url, "insert into domains (slug, name) values ('kept', 'Kept')");
    // A session that is at work when the server is killed must not keep it from starting again.
    const cut = expect(query(server.url, 'select pg_sleep(60)')).rejects.toThrow();
    const sleeping = "select from pg_stat_activity where wait_event = 'PgSleep'";
    await expect.poll(() => query(server.url, sleeping)).toHaveLength(1);
    await server.kill();
    await cut;
    await expect(query(server.url, 'select 1')).rejects.toMatchObject({ code: 'ECONNREFUSED' });
    await server.restart();
    expect(await query(server.url, 'select slug from domains')).toEqual([{ slug: 'kept' }]);
  } finally {
    await server.close();
  }
});

test('a Redis of a test can be frozen, and without persistence loses everything when killed', async () => {
  const server = await startRedis();
  const redis = new Redis(server.url, { commandTimeout: 200, maxRetriesPerRequest: null });
  redis.on('error', () => {});
  try {
    await redis.set('queued', 'yes');
    server.freeze();
    await expect(redis.get('queued')).rejects.toThrow(/timed out/);
    server.thaw();
    expect(await redis.get('queued')).toBe('yes');
    await server.kill();
    await server.restart();
    const again = new Redis(server.url, { maxRetriesPerRequest: null });
    expect(await again.get('queued')).toBeNull();
    again.disconnect();
  } finally {
    redis.disconnect();
    await server.close();
  }
});

test('a frozen server can be closed', async () => {
  const server = await startRedis();
  server.freeze();
  await expect(server.close()).resolves.toBeUndefined();
});
