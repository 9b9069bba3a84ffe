import { mkdir, readdir, readFile, readlink, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { startLocalServices } from '../../src/local/services.js';
import {
  claimFolder,
  findLocalServices,
  releaseFolder,
  servicesFile,
} from '../../src/local/services-file.js';
import { isAlive, processBirth } from '../../src/platform/process/process-identity.js';
import { Scope } from '../../src/platform/process/shutdown.js';
import { compiledUrl, type Program, runModule } from '../helpers/compiled.js';
import { makeDataFolder, removeFolder } from '../helpers/temp-folder.js';

let dataDir: string;
beforeEach(async () => {
  dataDir = await makeDataFolder('services');
});
afterEach(() => removeFolder(dataDir));

/** A program that runs the services of the folder until a signal stops it. */
function runServices(): Program {
  return runModule(`
    const { startLocalServices } = await import(${JSON.stringify(compiledUrl('local/services.js'))});
    const { Scope } = await import(${JSON.stringify(compiledUrl('platform/process/shutdown.js'))});
    const scope = new Scope();
    process.once('SIGTERM', () => scope.close().then(() => process.exit(0)));
    try {
      await startLocalServices({ dataDir: ${JSON.stringify(dataDir)} }, scope);
      console.log('started');
    } catch (error) {
      console.error(error.code, error.message, error.remedy);
      await scope.close();
      process.exit(3);
    }
    setInterval(() => {}, 1000);`);
}

async function serverPids(): Promise<number[]> {
  const postmaster = await readFile(join(dataDir, 'postgres/data/postmaster.pid'), 'utf8');
  const found = [Number.parseInt(postmaster, 10)];
  for (const name of (await readdir('/proc')).filter((text) => /^\d+$/.test(text))) {
    const command = await readFile(`/proc/${name}/cmdline`, 'utf8').catch(() => '');
    if (command.includes('redis') && (await openFolder(name)) === join(dataDir, 'redis'))
      found.push(Number(name));
  }
  return found;
}

async function openFolder(pid: string): Promise<string> {
  return readlink(`/proc/${pid}/cwd`).catch(() => '');
}

async function untilGone(pids: readonly number[], limitMs: number): Promise<number[]> {
  const until = Date.now() + limitMs;
  for (;;) {
    const left = pids.filter(isAlive);
    if (left.length === 0 || Date.now() > until) return left;
    await delay(20);
  }
}

describe.runIf(process.platform === 'linux')('the servers of a run', () => {
  test('answer, can be found by others while it runs, and are gone when it has stopped', async () => {
    const scope = new Scope();
    try {
      const services = await startLocalServices({ dataDir }, scope);
      expect(await findLocalServices(dataDir)).toEqual({
        databaseUrl: services.databaseUrl,
        redisUrl: services.redisUrl,
        pid: process.pid,
      });
      expect((await stat(servicesFile(dataDir))).mode & 0o777).toBe(0o600);
      const pids = await serverPids();
      expect(pids).toHaveLength(2);
      await scope.close();
      expect(pids.filter(isAlive)).toEqual([]);
    } finally {
      await scope.close();
    }
    expect(await findLocalServices(dataDir)).toBeUndefined();
    expect(await readdir(dataDir)).toEqual(['postgres', 'redis']);
  });

  test('are gone when it was killed, and the next run starts with its data', async () => {
    const first = runServices();
    await first.line(/^started/);
    const pids = await serverPids();
    expect(pids).toHaveLength(2);
    first.child.kill('SIGKILL');
    await first.done;
    expect(await findLocalServices(dataDir)).toBeUndefined();
    expect(await untilGone(pids, 5000)).toEqual([]);
    const second = runServices();
    await second.line(/^started/);
    second.child.kill('SIGTERM');
    expect(await second.done).toMatchObject({ code: 0, stderr: '' });
  });

  test('start at once after a kill, while the old ones are still ending', async () => {
    const first = runServices();
    await first.line(/^started/);
    first.child.kill('SIGKILL');
    await first.done;
    const second = runServices();
    await second.line(/^started/);
    second.child.kill('SIGTERM');
    expect(await second.done).toMatchObject({ code: 0, stderr: '' });
  });

  test('are refused to a second run in the same folder, which names the first', async () => {
    const first = runServices();
    await first.line(/^started/);
    const second = await runServices().done;
    expect(second.code).toBe(3);
    expect(second.stderr).toContain(
      `services_missing Another "npm start" (process ${first.child.pid}) is running`,
    );
    expect(await findLocalServices(dataDir)).toMatchObject({ pid: first.child.pid });
    first.child.kill('SIGTERM');
    await first.done;
  });

  test('that end unexpectedly are reported', async () => {
    const scope = new Scope();
    try {
      const { ended } = await startLocalServices({ dataDir, redisUrl: 'redis://127.0.0.1:1' }, scope);
      const [pid = 0] = await serverPids();
      process.kill(pid, 'SIGKILL');
      expect(await ended).toBe('The built-in PostgreSQL has ended unexpectedly.');
    } finally {
      await scope.close();
    }
  });
});

test('where the system cannot tie a server to its parent, a watcher ends it after the parent', async () => {
  const program = runModule(`
    const { spawn } = await import('node:child_process');
    const { watchParent } = await import(${JSON.stringify(compiledUrl('local/server-process.js'))});
    const child = spawn('sleep', ['600'], { detached: true, stdio: 'ignore' });
    const watcher = watchParent(child.pid, 'INT');
    console.log('started ' + child.pid + ' ' + watcher.pid);
    setInterval(() => {}, 1000);`);
  const pids = (await program.line(/^started/)).split(' ').slice(1).map(Number);
  expect(pids.filter(isAlive)).toHaveLength(2);
  program.child.kill('SIGKILL');
  expect(await untilGone(pids, 5000)).toEqual([]);
});

test('what is given is not started', async () => {
  const scope = new Scope();
  const given = { databaseUrl: 'postgres://127.0.0.1:1/x', redisUrl: 'redis://127.0.0.1:1' };
  const { databaseUrl, redisUrl } = await startLocalServices({ dataDir, ...given }, scope);
  expect({ databaseUrl, redisUrl }).toEqual(given);
  expect(await readdir(dataDir)).toEqual(['lock', 'services.json']);
  await scope.close();
});

describe('the claim of a data folder', () => {
  const ADDRESSES = { databaseUrl: 'postgres://x/y', redisUrl: 'redis://x' };

  /** What a process leaves in the folder when it is killed. */
  async function leave({ pid, born }: { pid: number; born: string | null }): Promise<void> {
    await mkdir(join(dataDir, 'lock'));
    await writeFile(join(dataDir, 'lock', `${pid},${born ?? ''},x`), '');
    await writeFile(servicesFile(dataDir), JSON.stringify({ pid, born, ...ADDRESSES }));
  }

  const claimAtOnce = async () => {
    const claims = await Promise.allSettled(Array.from({ length: 20 }, () => claimFolder(dataDir)));
    return claims.filter(({ status }) => status === 'fulfilled').length;
  };

  test('is given to one of several processes that claim at once', async () => {
    expect(await claimAtOnce()).toBe(1);
    expect(await readdir(dataDir)).toEqual(['lock']);
  });

  test.each([
    ['a process that is gone', { pid: 2 ** 22 - 1, born: null }],
    ['a process whose number another has now', { pid: process.pid, born: 'another boot:1' }],
  ])('of %s is taken over, by one of several that claim at once', async (_, owner) => {
    for (let round = 1; round <= 20; round += 1) {
      await leave(owner);
      expect(await findLocalServices(dataDir)).toBeUndefined();
      expect(await claimAtOnce()).toBe(1);
      await releaseFolder(dataDir);
      expect(await readdir(dataDir)).toEqual([]);
    }
  });

  test('is taken over by one of several processes', async () => {
    const program = `
      const { claimFolder } = await import(${JSON.stringify(compiledUrl('local/services-file.js'))});
      try {
        await claimFolder(${JSON.stringify(dataDir)});
        console.log('claimed');
        setInterval(() => {}, 1000);
      } catch (error) {
        console.error(error.code);
        process.exit(3);
      }`;
    await leave({ pid: 2 ** 22 - 1, born: null });
    const programs = Array.from({ length: 4 }, () => runModule(program));
    const ends = await Promise.all(
      programs.map((one) => one.line(/^claimed/).catch(() => one.done.then(({ stderr }) => stderr.trim()))),
    );
    expect(ends.sort()).toEqual(['claimed', 'services_missing', 'services_missing', 'services_missing']);
    for (const { child } of programs) child.kill('SIGKILL');
    await Promise.all(programs.map(({ done }) => done));
  });

  test('is taken over where a process was killed while it was taking it over', async () => {
    // Between its two steps: the file of the dead owner is deleted, and its own folder is not renamed yet.
    await mkdir(join(dataDir, 'lock'));
    expect(await claimAtOnce()).toBe(1);
  });

  test.each([
    ['runs', ADDRESSES],
    ['starts', { databaseUrl: null, redisUrl: null }],
  ])('is refused where an earlier release %s, which has no lock', async (_, addresses) => {
    const record = { pid: process.ppid, born: processBirth(process.ppid), ...addresses };
    await writeFile(servicesFile(dataDir), JSON.stringify(record));
    await expect(claimFolder(dataDir)).rejects.toMatchObject({ code: 'services_missing' });
    expect(await readdir(dataDir)).toEqual(['services.json']);
  });

  test('is not affected by a file of addresses that is cut off', async () => {
    await writeFile(servicesFile(dataDir), '{"pid": 1');
    await claimFolder(dataDir);
    await releaseFolder(dataDir);
    expect(await readdir(dataDir)).toEqual([]);
  });

  test('does not let servers be found before they answer', async () => {
    await claimFolder(dataDir);
    expect(await findLocalServices(dataDir)).toBeUndefined();
    await releaseFolder(dataDir);
  });
});
