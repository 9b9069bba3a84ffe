/** Starts PostgreSQL and Redis for `npm start`, each unless its address is given. */
import { join } from 'node:path';
import type { Log } from '../platform/log.js';
import type { Scope } from '../platform/process/shutdown.js';
import { localDataDir, ownFolder } from './data-folder.js';
import { type LocalServer, startLocalPostgres } from './postgres.js';
import { startLocalRedis } from './redis.js';
import { superviseServer } from './server-process.js';
import { claimFolder, publishUrls, releaseFolder } from './services-file.js';

export interface LocalServicesOptions {
  /** Holds the data of the servers; the package's own `.doi` by default. */
  readonly dataDir?: string;
  /** If given, no PostgreSQL is started. */
  readonly databaseUrl?: string | undefined;
  /** If given, no Redis is started. */
  readonly redisUrl?: string | undefined;
  readonly log?: Log;
}

export interface LocalServices {
  readonly databaseUrl: string;
  readonly redisUrl: string;
  /** Resolves with a sentence when a server has ended unexpectedly; else never. */
  readonly ended: Promise<string>;
}

/**
 * Claims the data folder, starts the servers that were not given, waits until they answer and publishes their addresses.
 * The scope stops the servers in reverse order, after everything that is added to it later.
 * @throws {DoiError} `bad_configuration` where another user can change the folder; `services_missing` where another process
 *   runs in it, or a server is missing or does not start
 */
export async function startLocalServices(
  options: LocalServicesOptions,
  scope: Scope,
): Promise<LocalServices> {
  const { dataDir = localDataDir, log } = options;
  await ownFolder(dataDir);
  await claimFolder(dataDir);
  scope.add('the data folder', dataDir, releaseFolder);
  const ends: Promise<string>[] = [];
  const open = async (name: string, start: () => Promise<LocalServer>) => {
    const server = await start();
    const ended = superviseServer(scope, name, server);
    ends.push(ended.then(() => `The built-in ${name} has ended unexpectedly.`));
    return server.url;
  };
  const withLog = log === undefined ? {} : { log };
  const databaseUrl =
    options.databaseUrl ??
    (await open('PostgreSQL', () => startLocalPostgres({ dir: join(dataDir, 'postgres'), ...withLog })));
  const redisUrl =
    options.redisUrl ??
    (await open('Redis', () => startLocalRedis({ dir: join(dataDir, 'redis'), ...withLog })));
  await publishUrls(dataDir, { databaseUrl, redisUrl });
  return { databaseUrl, redisUrl, ended: Promise.race(ends) };
}
