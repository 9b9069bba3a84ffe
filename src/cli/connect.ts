/** Finds the services that a command needs, and opens what it asks for. */
import { type FoundServices, findLocalServices } from '../local/find-services.js';
import { type Config, readConfig, requireDatabaseUrl, requireRedisUrl } from '../platform/config.js';
import { databaseError } from '../platform/database-error.js';
import { requireSchema } from '../platform/session.js';
import { closeSql, openSql, type Sql } from '../platform/sql.js';
import type { Io } from './context.js';

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
