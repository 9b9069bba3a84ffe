import { chmod, writeFile } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type Machine, requireRedisServer } from '../../src/local/install-redis.js';
import { makeTempFolder, removeFolder } from '../helpers/temp-folder.js';

let folder: string;
beforeEach(async () => {
  folder = await makeTempFolder('path');
});
afterEach(() => removeFolder(folder));

async function program(name: string): Promise<string> {
  const file = join(folder, name);
  await writeFile(file, '#!/bin/sh\nexit 1\n');
  await chmod(file, 0o755);
  return file;
}

const machine = (more: Partial<Machine> = {}): Machine => ({
  path: folder,
  isRoot: false,
  platform: 'linux',
  ...more,
});

test.each([
  ['apt-get', false, 'sudo apt-get update && sudo apt-get install -y --no-install-recommends redis-server'],
  ['dnf', false, 'sudo dnf install -y valkey'],
  ['dnf', true, 'dnf install -y valkey'],
  ['apk', false, 'sudo apk add redis'],
  ['pacman', false, 'sudo pacman -S --noconfirm valkey'],
  ['brew', false, 'brew install redis'],
])('with %s (root: %s) the way out is "%s"', async (manager, isRoot, command) => {
  await program(manager);
  await expect(requireRedisServer(undefined, machine({ isRoot }))).rejects.toMatchObject({
    code: 'services_missing',
    message: 'Neither redis-server nor valkey-server is on the PATH.',
    remedy: `Run "${command}" and start again, or set REDIS_URL to a running Redis.`,
  });
});

test('without a known package manager, the remedy names what is needed', async () => {
  await expect(requireRedisServer(undefined, machine())).rejects.toMatchObject({
    remedy: expect.stringMatching(/^Install redis-server or valkey-server with your package manager/),
  });
});

test('Valkey is used when there is no Redis', async () => {
  const valkey = await program('valkey-server');
  expect(await requireRedisServer(undefined, machine())).toBe(valkey);
  const redis = await program('redis-server');
  expect(await requireRedisServer(undefined, machine())).toBe(redis);
});

test('a file that cannot be executed is skipped', async () => {
  await writeFile(join(folder, 'redis-server'), '');
  const valkey = await program('valkey-server');
  const path = ['', join(folder, 'missing'), folder].join(delimiter);
  expect(await requireRedisServer(undefined, machine({ path }))).toBe(valkey);
});
