import { Redis } from 'ioredis';
import { expect, test } from 'vitest';
import { closeSql, openSql } from '../../src/platform/sql.js';
import { startPostgres, startRedis } from '../helpers/fault-servers.js';

test('a PostgreSQL of a test can be killed and comes back at the same address with its data', async () => {
  const server = await startPostgres();
  const sql = openSql({ url: server.url, purpose: 'test', connections: 1 });
  try {
    await sql`insert into domains (slug, name) values ('kept', 'Kept')`;
    await server.kill();
    await expect(sql`select 1`).rejects.toThrow();
    await server.restart();
    expect([...(await sql`select slug from domains`)]).toEqual([{ slug: 'kept' }]);
  } finally {
    await closeSql(sql);
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
