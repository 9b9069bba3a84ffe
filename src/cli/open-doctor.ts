/** Opens what `doi doctor` examines, as far as it can be found, and closes it afterwards. */
import { runSubprocess } from '../checker/run-subprocess.js';
import type { ExamineDeps } from '../doctor/examine.js';
import { listRemote } from '../git/remote/list-remote.js';
import { parseRemoteUrl } from '../git/remote/parse-remote-url.js';
import { CheckoutProber } from '../inputs/probe/checkout-prober.js';
import { localDataDir } from '../local/data-folder.js';
import { systemClock } from '../platform/clock.js';
import { closeSql, openSql } from '../platform/postgres/sql.js';
import { Scope } from '../platform/process/shutdown.js';
import { openRedisInspector } from '../queue/inspect-redis.js';
import type { Io } from './context.js';
import { type Connections, findConnections } from './open-services.js';

/** So short that a server which hangs gets its line within seconds. In milliseconds. */
const LIMITS = { statementTimeoutMs: 4000, connectTimeoutMs: 3000, silenceMarginMs: 1000 } as const;

/** How long a server of git repositories may take to answer, in milliseconds. */
const REMOTE_MS = 15_000;

/** Runs something with what could be opened. An unusable configuration is passed on, not thrown, since doctor reports it. */
export async function withExamineDeps<T>(env: Io['env'], use: (deps: ExamineDeps) => Promise<T>): Promise<T> {
  const scope = new Scope();
  try {
    return await use(await openExamineDeps(env, scope));
  } finally {
    await scope.close();
  }
}

async function openExamineDeps(env: Io['env'], scope: Scope): Promise<ExamineDeps> {
  const prober = scope.add('prober', new CheckoutProber(), (it) => it.close());
  const tryRemote = async (url: string) => {
    const git = { run: runSubprocess, environment: env };
    await listRemote(git, { remote: parseRemoteUrl(url), branch: null }, { timeoutMs: REMOTE_MS });
  };
  const shared = { environment: env, clock: systemClock, prober, tryRemote };
  let found: Connections;
  try {
    found = await findConnections(env);
  } catch (broken) {
    return { ...shared, config: { broken }, start: undefined, sql: undefined, redis: undefined };
  }
  const { config, start } = found;
  const { databaseUrl: url, redisUrl, schema, dataDir = localDataDir } = config;
  const sql =
    url === undefined
      ? undefined
      : scope.add(
          'database',
          openSql({ url, schema, purpose: 'doctor', connections: 2, ...LIMITS }),
          closeSql,
        );
  const redis =
    redisUrl === undefined ? undefined : scope.add('redis', openRedisInspector(redisUrl), (it) => it.close());
  return { ...shared, config, start: start && { pid: start.pid, dataDir }, sql, redis };
}
