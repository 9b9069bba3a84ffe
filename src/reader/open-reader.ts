/** Opens what reading needs: a pool of its own, with limits that a reader can wait for, and the prober of checkouts. */
import { CheckoutProber } from '../inputs/probe/checkout-prober.js';
import { type Config, requireDatabaseUrl } from '../platform/config.js';
import { readRelease } from '../platform/release.js';
import type { Scope } from '../platform/shutdown.js';
import { closeSql, HTTP_LIMITS, openSql } from '../platform/sql.js';
import type { ReaderDependencies } from './read-report.js';

/**
 * How long the file system of a checkout may hold up a read, in milliseconds; then the answer says that the checkout was
 * not verified. Enough for a folder of 5,000 files on a busy host, and less than a read may take.
 */
const PROBE_TIMEOUT_MS = 1500;

/** What the reader needs, opened in a scope. */
export function openReader(config: Config, scope: Scope): ReaderDependencies {
  const { host, checker, searchPath, schema } = config;
  const url = requireDatabaseUrl(config);
  const settings = { url, schema, purpose: 'reader', connections: 4, ...HTTP_LIMITS };
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
