/** Opens what the reader needs: a pool with limits that a read can wait for, the prober of checkouts, the summary. */
import { CheckoutProber } from '../inputs/probe/checkout-prober.js';
import { type Config, requireDatabaseUrl } from '../platform/config.js';
import type { Log } from '../platform/log.js';
import { closeSql, HTTP_LIMITS, openSql } from '../platform/postgres/sql.js';
import { readRelease } from '../platform/process/package-root.js';
import type { Scope } from '../platform/process/shutdown.js';
import type { ReaderDependencies } from './read-report.js';
import { PreparedSummary } from './summary/prepared-summary.js';
import type { SummaryDeps } from './summary/read-summary.js';

/**
 * How long the file system of a checkout may delay a read, in milliseconds; after that the answer says that the checkout
 * was not verified. Enough for a folder of 5,000 files on a busy host, and less than a read may take.
 */
const PROBE_TIMEOUT_MS = 1500;

/** Opens the pool and the prober in a scope. */
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
    contactLimitMs: 2 * config.fetchMs,
    probeTimeoutMs: PROBE_TIMEOUT_MS,
    runningLimitMs: config.checkTimeoutMs + 30_000,
  };
}

/** The time between two full passes, in milliseconds: a change of the registry, which sends no notification, shows that late. */
const PASS_MS = 5000;

export interface OpenSummary {
  readonly config: Config;
  readonly log: Log;
  readonly scope: Scope;
}

/** Starts the thread that keeps the summary ready, with a connection of its own, in a scope. */
export function openSummary({ config, log, scope }: OpenSummary, reading: SummaryDeps): PreparedSummary {
  const { release, limits, observedLimitMs, contactLimitMs, runningLimitMs } = reading;
  const settings = {
    ...{ databaseUrl: requireDatabaseUrl(config), schema: config.schema },
    ...{ release, limits, observedLimitMs, contactLimitMs, runningLimitMs, passMs: PASS_MS },
  };
  const summary = scope.add('summary', new PreparedSummary(settings, log), (it) => it.close());
  summary.start();
  return summary;
}
