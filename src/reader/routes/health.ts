/** The routes `/healthz` (this process runs) and `/readyz` (it can read what it serves). */
import type { FastifyInstance } from 'fastify';
import { DoiError } from '../../domain/errors.js';
import type { IsolationLevel } from '../../domain/isolation.js';
import type { Release } from '../../domain/release.js';
import { CircuitBreaker, READ_LIMIT_MS } from '../../platform/circuit-breaker.js';
import { checkEncoding } from '../../platform/postgres/session.js';
import type { Sql } from '../../platform/postgres/sql.js';
import { readWeakestIsolation } from '../../store/hosts/read-hosts.js';
import { SingleFlightCache } from '../single-flight-cache.js';
import type { PreparedSummary } from '../summary/prepared-summary.js';
import { tryReport } from '../time-reads.js';

export interface HealthDeps {
  readonly sql: Sql;
  readonly release: Release;
  readonly summary: Pick<PreparedSummary, 'get'>;
  readonly runningLimitMs: number;
  /** How old a host's heartbeat may be, in milliseconds. */
  readonly observedLimitMs: number;
}

/** For how long readiness is reused, in milliseconds. */
const READY_CACHED_MS = 1000;

// The answers are not secret, and an orchestrator's health check may come by address, without a token or a Host header.
const FOR_ANY_CLIENT = { config: { checkCaller: () => {} } };

/** Adds `/healthz` and `/readyz`. */
export function addHealthRoutes(server: FastifyInstance, deps: HealthDeps): void {
  const breaker = new CircuitBreaker({ limitMs: READ_LIMIT_MS });
  const release = deps.release.version;
  server.get('/healthz', FOR_ANY_CLIENT, async () => ({ status: 'ok', release }));
  // One check at a time, so that many health checks take no connections from readers.
  const readiness = new SingleFlightCache<IsolationLevel | null>(READY_CACHED_MS);
  const check = async () => {
    const isolation = await breaker.run(async () => {
      await checkEncoding(deps.sql);
      // The same statement as a read uses, within its limits: a server that answers a simpler one may be too slow for it.
      await tryReport(deps.sql, deps.runningLimitMs);
      return readWeakestIsolation(deps);
    });
    await deps.summary.get({ filter: {} });
    return isolation;
  };
  server.get('/readyz', FOR_ANY_CLIENT, async () => {
    const isolation = await readiness.get('', () => check().catch(withoutDetails));
    return { status: 'ready', release, isolation };
  });
}

/** Any client may request readiness, so the answer does not say what broke. */
function withoutDetails(error: unknown): never {
  if (!(error instanceof DoiError)) throw error;
  const remedy = 'Run "doi doctor", which says what is wrong.';
  throw new DoiError(error.code, 'Reports cannot be read now.', remedy, { cause: error });
}
