/** Liveness and readiness. */
import type { FastifyInstance } from 'fastify';
import { DoiError } from '../domain/errors.js';
import type { IsolationLevel } from '../domain/isolation.js';
import type { Release } from '../domain/release.js';
import { CircuitBreaker, READ_LIMIT_MS } from '../platform/circuit-breaker.js';
import { checkEncoding } from '../platform/postgres/session.js';
import type { Sql } from '../platform/postgres/sql.js';
import { readWeakestIsolation } from '../store/hosts/read-hosts.js';
import { tryReport } from './check-reads.js';
import { SingleFlightCache } from './single-flight-cache.js';
import type { FleetSummary } from './summary/prepared-summary.js';

export interface HealthDependencies {
  readonly sql: Sql;
  readonly release: Release;
  /** The summary that is served. */
  readonly fleet: Pick<FleetSummary, 'get'>;
  readonly runningLimitMs: number;
  /** How long ago a host's last look may have begun, in milliseconds. */
  readonly observedLimitMs: number;
}

/** How long readiness is remembered, in milliseconds. */
const READY_MS = 1000;

// They say nothing that needs a fence, and a probe asks by address, without a token, or without a Host header.
const FOR_ANYBODY = { config: { checkCaller: () => {} } };

/** Adds `/healthz` (this process runs) and `/readyz` (it can read what it serves). */
export function addHealthRoutes(server: FastifyInstance, deps: HealthDependencies): void {
  const breaker = new CircuitBreaker({ limitMs: READ_LIMIT_MS });
  const release = deps.release.version;
  server.get('/healthz', FOR_ANYBODY, async () => ({ status: 'ok', release }));
  // However many ask, readers keep their connections.
  const readiness = new SingleFlightCache<IsolationLevel | null>(READY_MS);
  const check = async () => {
    const isolation = await breaker.run(async () => {
      await checkEncoding(deps.sql);
      // What readers run, and within their limits: a server that answers anything else may be too slow for it.
      await tryReport(deps.sql, deps.runningLimitMs);
      return readWeakestIsolation(deps);
    });
    await deps.fleet.get({ filter: {} });
    return isolation;
  };
  server.get('/readyz', FOR_ANYBODY, async () => {
    const isolation = await readiness.get('', () => check().catch(withoutDetails));
    return { status: 'ready', release, isolation };
  });
}

/** Anybody may ask, and is given nothing of what broke. */
function withoutDetails(error: unknown): never {
  if (!(error instanceof DoiError)) throw error;
  const remedy = 'Run "doi doctor", which says what is wrong.';
  throw new DoiError(error.code, 'What readers ask for cannot be read now.', remedy, { cause: error });
}
