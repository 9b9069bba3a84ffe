/** A web process: serves the reader until it is told to stop. */
import { CheckoutProber } from '../inputs/probe/checkout-prober.js';
import { type Config, requireDatabaseUrl } from '../platform/config.js';
import { closeHttpServer, makeHttpServer } from '../platform/http.js';
import type { Log } from '../platform/log.js';
import { readRelease } from '../platform/release.js';
import type { Scope } from '../platform/shutdown.js';
import { closeSql, openSql } from '../platform/sql.js';
import { addHealthRoutes } from './health-routes.js';
import type { ReaderDependencies } from './read-report.js';
import { addReaderRoutes } from './routes.js';

/** How long a checkout may take to answer a read, in milliseconds; then the answer says that it was not verified. */
const PROBE_TIMEOUT_MS = 100;
/** How long a statement may take on the way of a read, in milliseconds. */
const STATEMENT_TIMEOUT_MS = 2000;
/** How long a connection may take to be ready, and an answer to be overdue, in milliseconds. */
const CONNECT_TIMEOUT_MS = 1000;
const SILENCE_MARGIN_MS = 1000;

/** What the reader needs, opened in a scope. */
export function openReader(config: Config, scope: Scope): ReaderDependencies {
  const { host, checker, searchPath, schema } = config;
  const url = requireDatabaseUrl(config);
  const settings = {
    url,
    schema,
    purpose: 'reader',
    connections: 4,
    statementTimeoutMs: STATEMENT_TIMEOUT_MS,
    connectTimeoutMs: CONNECT_TIMEOUT_MS,
    silenceMarginMs: SILENCE_MARGIN_MS,
  };
  const sql = scope.add('database', openSql(settings), closeSql);
  const prober = scope.add('prober', new CheckoutProber(), (it) => it.close());
  return {
    ...{ sql, prober, host, checker, searchPath },
    release: readRelease(),
    limits: config.ageLimits,
    observedLimitMs: 2 * config.watchMs,
    probeTimeoutMs: PROBE_TIMEOUT_MS,
    runningLimitMs: config.checkTimeoutMs + 30_000,
  };
}

/**
 * Starts serving; closing the scope stops it.
 * @returns the address that it listens on, as a URL
 */
export async function runWeb(config: Config, log: Log, scope: Scope): Promise<string> {
  const deps = openReader(config, scope);
  const { address, readToken, port } = config;
  const server = scope.add('http', makeHttpServer({ log, address, readToken }), closeHttpServer);
  addHealthRoutes(server, deps);
  addReaderRoutes(server, deps);
  const url = await server.listen({ host: address, port });
  log.info({ url }, 'web listens');
  return url;
}
