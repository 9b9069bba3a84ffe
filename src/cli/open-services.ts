/** Opens what commands that read and ask need; the scope closes it. */
import { readInstallation } from '../cache/read-installation.js';
import { systemClock } from '../platform/clock.js';
import type { Config } from '../platform/config.js';
import { type Log, openLog } from '../platform/log.js';
import { requireSchema } from '../platform/session.js';
import { Scope } from '../platform/shutdown.js';
import { closeSql, openSql } from '../platform/sql.js';
import { queuePrefix } from '../queue/queue-names.js';
import { openProducerConnection } from '../queue/redis-connections.js';
import { Waker } from '../queue/waker.js';
import { openReader } from '../reader/open-reader.js';
import type { ReaderDependencies } from '../reader/read-report.js';
import { findConnections } from './connect.js';
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
