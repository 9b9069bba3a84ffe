/** Opens what reading needs: a pool of its own, with limits that a reader can wait for, and the prober of checkouts. */
import { CheckoutProber } from '../inputs/probe/checkout-prober.js';
import { type Config, requireDatabaseUrl } from '../platform/config.js';
import type { Log } from '../platform/log.js';
import { closeSql, HTTP_LIMITS, openSql } from '../platform/postgres/sql.js';
import { readRelease } from '../platform/process/package-root.js';
import type { Scope } from '../platform/process/shutdown.js';
import type { ReaderDependencies } from './read-report.js';
import { FleetSummary } from './summary/prepared-summary.js';
import type { SummaryDependencies } from './summary/read-summary.js';

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

/* Opens the fleet's summary, which a thread of its own keeps ready with a connection of its own. */

/** How often everything is looked at, in milliseconds: a row of the registry, which nobody tells us of, shows so late. */
const LOOK_MS = 5000;

export interface OpenFleet {
  readonly config: Config;
  readonly log: Log;
  readonly scope: Scope;
}

/** Starts it in a scope. */
export function openFleet({ config, log, scope }: OpenFleet, reading: SummaryDependencies): FleetSummary {
  const { release, limits, observedLimitMs, runningLimitMs } = reading;
  const settings = {
    ...{ databaseUrl: requireDatabaseUrl(config), schema: config.schema },
    ...{ release, limits, observedLimitMs, runningLimitMs, lookMs: LOOK_MS },
  };
  const fleet = scope.add('summary', new FleetSummary(settings, log), (it) => it.close());
  fleet.start();
  return fleet;
}
