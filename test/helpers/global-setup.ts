/** Starts one PostgreSQL and one Redis for all projects of a test run that name it, and migrates the database that tests copy. */
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { TestProject } from 'vitest/node';
import { startLocalPostgres } from '../../src/local/postgres.js';
import { startLocalRedis } from '../../src/local/redis.js';
import { openLog } from '../../src/platform/log.js';
import { migrate } from '../../src/platform/postgres/migrate.js';
import { closeSql, openSql } from '../../src/platform/postgres/sql.js';
import { isAlive } from '../../src/platform/process/process-identity.js';
import { Scope } from '../../src/platform/process/shutdown.js';
import { checkHubSchema } from '../../src/registry/check-hub-schema.js';
import { onFreePort } from './fault-servers.js';
import { postgresOfMachine } from './postgres-of-machine.js';
import { dataPlace, MEMORY, makeDataFolder, removeFolder } from './temp-folder.js';
import { FAST_POSTGRES, REDIS_DATABASES, TEMPLATE } from './test-run.js';

export async function setup({ vitest }: TestProject): Promise<(() => Promise<void>) | undefined> {
  // Another project of this run has started them. They end when that one does, which is after all tests.
  if (vitest.getProvidedContext().adminUrl !== undefined) return undefined;
  const scope = new Scope();
  try {
    await removeLeftovers();
    const folder = await makeDataFolder(`servers-${process.pid}`);
    scope.add('the temporary folder', folder, removeFolder);
    const { server: postgres } = await onFreePort((port) =>
      startLocalPostgres({
        ...{ dir: join(folder, 'postgres'), binaries: postgresOfMachine(), port },
        options: FAST_POSTGRES,
      }),
    );
    scope.add('PostgreSQL', postgres, (server) => server.stop());
    const { server: redis } = await onFreePort((port) =>
      startLocalRedis({
        dir: join(folder, 'redis'),
        persistent: false,
        log: openLog('tests', 'info'),
        options: { databases: String(REDIS_DATABASES) },
        port,
      }),
    );
    scope.add('Redis', redis, (server) => server.stop());
    await makeTemplate(postgres.adminUrl);
    vitest.provide('adminUrl', postgres.adminUrl);
    vitest.provide('redisUrl', redis.url);
  } catch (error) {
    await scope.close();
    throw error;
  }
  return () => scope.close();
}

const DAY_MS = 86_400_000;
/** What `makeTempFolder` makes. */
const OURS = /^doi-[\w-]+-\w{6}$/;

/**
 * An interrupted run's servers end with it, but its folders stay. Those of servers go at once; in memory, where they take
 * room from programs, all others after a day.
 */
async function removeLeftovers(): Promise<void> {
  const place = await dataPlace();
  for (const name of await readdir(place)) {
    const path = join(place, name);
    const pid = /^doi-servers-(\d+)-/.exec(name)?.[1];
    if (
      pid !== undefined ? !isAlive(Number(pid)) : place === MEMORY && OURS.test(name) && (await isOld(path))
    )
      await removeFolder(path);
  }
}

async function isOld(path: string): Promise<boolean> {
  const changed = await stat(path).catch(() => undefined);
  return changed !== undefined && Date.now() - changed.mtimeMs > DAY_MS;
}

async function makeTemplate(adminUrl: string): Promise<void> {
  const sql = openSql({ url: adminUrl, purpose: 'test', connections: 1 });
  try {
    await sql`create database ${sql(TEMPLATE)}`;
  } finally {
    await closeSql(sql);
  }
  const url = new URL(adminUrl);
  url.pathname = TEMPLATE;
  await migrate({ url: url.href, direction: 'up', verify: checkHubSchema });
}
