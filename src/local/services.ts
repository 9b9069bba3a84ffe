/** Starts the servers that one machine needs and that were not given: PostgreSQL and Redis. */
import { join } from 'node:path';
import type { Log } from '../platform/log.js';
import type { Scope } from '../platform/process/shutdown.js';
import { localDataDir } from './data-dir.js';
import { ownFolder } from './own-folder.js';
import { type LocalServer, startLocalPostgres } from './postgres.js';
import { startLocalRedis } from './redis.js';
import { claimFolder, publishUrls, releaseFolder } from './services-file.js';

export interface LocalServicesSettings {
  /** Holds the data of the servers; the package's own `.doi` unless told otherwise. */
  readonly dataDir?: string;
  /** Given: no PostgreSQL is started. */
  readonly databaseUrl?: string | undefined;
  /** Given: no Redis is started. */
  readonly redisUrl?: string | undefined;
  readonly log?: Log;
}

export interface LocalServices {
  readonly databaseUrl: string;
  readonly redisUrl: string;
  /** Resolves with a sentence when a server has ended although nobody stopped it; else never. */
  readonly ended: Promise<string>;
}

/**
 * Claims the data folder, starts what was not given, waits until it answers and writes where it is. The scope stops
 * the servers in the reverse order, after everything that was added to it later.
 * @throws {DoiError} `bad_configuration`: the folder is not this user's own; `services_missing`: another process runs in the folder, or a server cannot be had or started.
 */
export async function startLocalServices(
  settings: LocalServicesSettings,
  scope: Scope,
): Promise<LocalServices> {
  const { dataDir = localDataDir, log } = settings;
  await ownFolder(dataDir);
  await claimFolder(dataDir);
  scope.add('the data folder', dataDir, releaseFolder);
  const unasked: Promise<string>[] = [];
  const open = async (name: string, start: () => Promise<LocalServer>) => {
    const server = await start();
    let stopping = false;
    scope.add(name, server, () => {
      stopping = true;
      return server.stop();
    });
    unasked.push(
      new Promise((resolve) => {
        server.exited.then(() => {
          if (!stopping) resolve(`The built-in ${name} has ended although nobody stopped it.`);
        });
      }),
    );
    return server.url;
  };
  const withLog = log === undefined ? {} : { log };
  const databaseUrl =
    settings.databaseUrl ??
    (await open('PostgreSQL', () => startLocalPostgres({ dir: join(dataDir, 'postgres'), ...withLog })));
  const redisUrl =
    settings.redisUrl ??
    (await open('Redis', () => startLocalRedis({ dir: join(dataDir, 'redis'), ...withLog })));
  await publishUrls(dataDir, { databaseUrl, redisUrl });
  return { databaseUrl, redisUrl, ended: Promise.race(unasked) };
}
