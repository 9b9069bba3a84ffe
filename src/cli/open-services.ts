/** Opens what commands that read and ask need; the scope closes it. */

import { type FoundServices, findLocalServices } from '../local/find-services.js';
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

/** Runs something with the reader, which is closed in any case. */
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

/** What a command that asks for evaluations works with. */
export interface Producing extends ReaderDependencies {
  readonly config: Config;
  readonly clock: typeof systemClock;
  readonly historyDays: number;
  readonly wake: Waker['wake'];
}

/** Runs something that may ask for evaluations; what it opened is closed in any case. */
export async function withProducer<T>(env: Io['env'], use: (producing: Producing) => Promise<T>): Promise<T> {
  const { config, databaseUrl, redisUrl } = await findConnections(env);
  const log = openLog('cli', config.givenLogLevel ?? 'silent');
  return withScope(async (scope) => {
    const producing = openProducer({ config, log, scope }, databaseUrl(), redisUrl());
    await requireSchema(producing.sql, config.schema);
    return use(producing);
  });
}

/** Opens what is needed to ask for evaluations. */
export function openProducer(
  { config, log, scope }: { config: Config; log: Log; scope: Scope },
  databaseUrl: string,
  redisUrl: string,
): Producing {
  const reader = openReader({ ...config, databaseUrl }, scope);
  // The reader's statements have the limits of an answer over HTTP; asking for ten thousand takes longer.
  const settings = { url: databaseUrl, schema: config.schema, purpose: 'producer', connections: 2 };
  const sql = scope.add('producer database', openSql(settings), closeSql);
  const redis = scope.add('redis', openProducerConnection(redisUrl, log), (it) => it.disconnect());
  const readPrefix = async () => queuePrefix(await readInstallation(sql));
  const waker = scope.add('waker', new Waker({ redis, log, readPrefix }), (it) => it.close());
  const { historyDays } = config;
  return { ...reader, sql, config, clock: systemClock, historyDays, wake: waker.wake.bind(waker) };
}

/** Runs something with a scope of its own. */
async function withScope<T>(use: (scope: Scope) => Promise<T>): Promise<T> {
  const scope = new Scope();
  try {
    return await use(scope);
  } finally {
    await scope.close();
  }
}

/* Finds the services that a command needs, and opens what it asks for. */

/** A configuration whose addresses are those of the services to use. */
export interface Connections {
  readonly config: Config;
  /** The `npm start` whose servers are used; undefined where both are set, or none runs. */
  readonly start: FoundServices | undefined;
  /** @throws {DoiError} `bad_configuration` where none is set and no `npm start` runs. */
  databaseUrl(): string;
  /** @throws {DoiError} `bad_configuration` where none is set and no `npm start` runs. */
  redisUrl(): string;
}

/** Where the services are: as the environment says, else those of an `npm start` that is running. */
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

/** Runs something with the registry's database, which is let go of in any case. */
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
