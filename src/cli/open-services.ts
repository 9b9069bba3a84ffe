/** Finds the services that a command needs, opens them, and closes them when the command ends. */

import { type FoundServices, findLocalServices } from '../local/services-file.js';
import { systemClock } from '../platform/clock.js';
import { type Config, readConfig, requireDatabaseUrl, requireRedisUrl } from '../platform/config.js';
import { type Log, openLog } from '../platform/log.js';
import { databaseError } from '../platform/postgres/database-error.js';
import { requireSchema } from '../platform/postgres/session.js';
import { closeSql, openSql, type Sql } from '../platform/postgres/sql.js';
import { Scope } from '../platform/process/shutdown.js';
import { queuePrefix } from '../queue/queue-names.js';
import { openProducerConnection } from '../queue/redis-connections.js';
import { Waker } from '../queue/waker.js';
import { openReader } from '../reader/open-reader.js';
import type { ReaderDependencies } from '../reader/read-report.js';
import { readInstallation } from '../store/installation.js';
import type { Io } from './context.js';

/** Runs something with the reader, and closes the reader afterwards. */
export async function withReader<T>(
  env: Io['env'],
  use: (reader: ReaderDependencies, config: Config) => Promise<T>,
): Promise<T> {
  const { config, databaseUrl } = await findConnections(env);
  return withScope(async (scope) => {
    const reader = openReader({ ...config, databaseUrl: databaseUrl() }, scope);
    await requireSchema(reader.sql, config.schema);
    return use(reader, config);
  });
}

/** What a command needs that requests evaluations. */
export interface ProducerDeps extends ReaderDependencies {
  readonly config: Config;
  readonly clock: typeof systemClock;
  readonly historyDays: number;
  readonly wake: Waker['wake'];
}

/** Runs something that may request evaluations, and closes afterwards what was opened for it. */
export async function withProducer<T>(
  env: Io['env'],
  use: (producer: ProducerDeps) => Promise<T>,
): Promise<T> {
  const { config, databaseUrl, redisUrl } = await findConnections(env);
  const log = openLog('cli', config.givenLogLevel ?? 'silent');
  return withScope(async (scope) => {
    const producer = openProducer({ config, log, scope }, databaseUrl(), redisUrl());
    await requireSchema(producer.sql, config.schema);
    return use(producer);
  });
}

/** Opens what is needed to request evaluations. */
export function openProducer(
  { config, log, scope }: { config: Config; log: Log; scope: Scope },
  databaseUrl: string,
  redisUrl: string,
): ProducerDeps {
  const reader = openReader({ ...config, databaseUrl }, scope);
  // The reader's statements have the time limits of an HTTP answer; requesting ten thousand evaluations takes longer.
  const settings = { url: databaseUrl, schema: config.schema, purpose: 'producer', connections: 2 };
  const sql = scope.add('producer database', openSql(settings), closeSql);
  const redis = scope.add('redis', openProducerConnection(redisUrl, log), (it) => it.disconnect());
  const readPrefix = async () => queuePrefix(await readInstallation(sql));
  const waker = scope.add('waker', new Waker({ redis, log, readPrefix }), (it) => it.close());
  const { historyDays } = config;
  return { ...reader, sql, config, clock: systemClock, historyDays, wake: waker.wake.bind(waker) };
}

/** Runs something with its own scope, which is closed afterwards. */
async function withScope<T>(use: (scope: Scope) => Promise<T>): Promise<T> {
  const scope = new Scope();
  try {
    return await use(scope);
  } finally {
    await scope.close();
  }
}

/** The configuration, with the addresses of the services to use. */
export interface Connections {
  readonly config: Config;
  /** The `npm start` whose servers are used; undefined where the environment names both, or none runs. */
  readonly start: FoundServices | undefined;
  /** @throws {DoiError} `bad_configuration` where no address is set and no `npm start` runs */
  databaseUrl(): string;
  /** @throws {DoiError} `bad_configuration` where no address is set and no `npm start` runs */
  redisUrl(): string;
}

/** Finds the services: those that the environment names, else those of a running `npm start`. */
export async function findConnections(env: Io['env']): Promise<Connections> {
  const given = readConfig(env);
  const isComplete = given.databaseUrl !== undefined && given.redisUrl !== undefined;
  const found = isComplete ? undefined : await findLocalServices(given.dataDir);
  const config: Config = {
    ...given,
    databaseUrl: given.databaseUrl ?? found?.databaseUrl,
    redisUrl: given.redisUrl ?? found?.redisUrl,
  };
  return {
    ...{ config, start: found },
    databaseUrl: () => requireDatabaseUrl(config),
    redisUrl: () => requireRedisUrl(config),
  };
}

/** Runs something with a connection to the database, and closes it afterwards. */
export async function withDatabase<T>(
  env: Io['env'],
  use: (sql: Sql, config: Config) => Promise<T>,
): Promise<T> {
  const { config, databaseUrl } = await findConnections(env);
  const sql = openSql({ url: databaseUrl(), schema: config.schema, purpose: 'cli', connections: 2 });
  try {
    await requireSchema(sql, config.schema);
    return await use(sql, config);
  } catch (error) {
    throw databaseError(error, sql.options.user);
  } finally {
    await closeSql(sql);
  }
}
