import { once } from 'node:events';
import { readFile, stat } from 'node:fs/promises';
import { type AddressInfo, createServer } from 'node:net';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { LocalServer } from '../../src/local/postgres.js';
import { startLocalRedis } from '../../src/local/redis.js';
import { makeDataFolder, removeFolder } from '../helpers/temp-folder.js';

let dir: string;
let running: LocalServer[];
beforeEach(async () => {
  dir = await makeDataFolder('redis');
  running = [];
});
afterEach(async () => {
  for (const server of running) await server.stop();
  await removeFolder(dir);
});

async function start(): Promise<LocalServer> {
  const server = await startLocalRedis({ dir });
  running.push(server);
  return server;
}

async function ask<T>(url: string, question: (redis: Redis) => Promise<T>): Promise<T> {
  const redis = new Redis(url, { maxRetriesPerRequest: 1 });
  // The question itself rejects; this only keeps the same error from being printed.
  redis.on('error', () => {});
  try {
    return await question(redis);
  } finally {
    redis.disconnect();
  }
}

test('queued jobs survive a kill of the server', async () => {
  const first = await start();
  await ask(first.url, (redis) => redis.set('kept', 'yes'));
  first.kill('SIGKILL');
  await first.exited;
  const second = await start();
  expect(await ask(second.url, (redis) => redis.get('kept'))).toBe('yes');
});

test('our Redis never drops keys to make room, listens at no port, and accepts no client without the password', async () => {
  const { url } = await start();
  expect(await ask(url, (redis) => redis.config('GET', 'maxmemory-policy'))).toEqual([
    'maxmemory-policy',
    'noeviction',
  ]);
  expect(await ask(url, (redis) => redis.config('GET', 'port'))).toEqual(['port', '0']);
  const { password } = new URL(url);
  await expect(ask(url.replace(password, ''), (redis) => redis.get('kept'))).rejects.toThrow(/NOAUTH/);
});

test('a program that listens at the port of a server receives nothing, whatever it answers', async () => {
  const received: string[] = [];
  const other = createServer((socket) => {
    socket.on('data', (data) => {
      received.push(data.toString());
      socket.write('+OK\r\n+PONG\r\n');
    });
  }).listen(0, '127.0.0.1');
  await once(other, 'listening');
  const { port } = other.address() as AddressInfo;
  await expect(startLocalRedis({ dir, port })).rejects.toMatchObject({ code: 'services_missing' });
  expect(received).toEqual([]);
  other.close();
});

test('the password stands only in files that no other user may read, and in no argument', async () => {
  const { pid } = await start();
  const password = (await readFile(join(dir, 'password'), 'utf8')).trim();
  expect(password.length).toBeGreaterThanOrEqual(32);
  for (const name of ['password', 'redis.conf']) {
    expect((await stat(join(dir, name))).mode & 0o777).toBe(0o600);
  }
  if (process.platform === 'linux') {
    expect(await readFile(`/proc/${pid}/cmdline`, 'utf8')).not.toContain(password);
  }
});
