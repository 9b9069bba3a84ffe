/** Liveness and readiness. */
import type { FastifyInstance } from 'fastify';
import { ISOLATION_LEVELS, type IsolationLevel } from '../domain/isolation.js';
import type { Release } from '../domain/release.js';
import { Breaker } from '../platform/breaker.js';
import { databaseError, type Sql } from '../platform/sql.js';

export interface HealthDependencies {
  readonly sql: Sql;
  readonly release: Release;
  /** How long ago a host's last look may have begun, in milliseconds. */
  readonly observedLimitMs: number;
}

/** Adds `/healthz` (this process runs) and `/readyz` (it can read what it serves). */
export function addHealthRoutes(server: FastifyInstance, deps: HealthDependencies): void {
  const breaker = new Breaker();
  const release = deps.release.version;
  server.get('/healthz', async () => ({ status: 'ok', release }));
  server.get('/readyz', async () => {
    const isolation = await breaker.run(() => readIsolation(deps));
    return { status: 'ready', release, isolation };
  });
}

/**
 * The weakest level among the hosts that are heard of; null where none is.
 * @throws {DoiError} `database_unavailable`, `schema_incompatible`
 */
async function readIsolation({ sql, observedLimitMs }: HealthDependencies): Promise<IsolationLevel | null> {
  try {
    const rows = await sql<{ isolation: string }[]>`
      select isolation from doi_host
      where isolation is not null
        and heartbeat between clock_timestamp() - ${observedLimitMs} * interval '1 millisecond' and clock_timestamp()`;
    const levels = new Set(rows.map((row) => row.isolation));
    return ISOLATION_LEVELS.findLast((level) => levels.has(level)) ?? null;
  } catch (error) {
    throw databaseError(error);
  }
}
