/** Liveness and readiness. */
import type { FastifyInstance } from 'fastify';
import { DoiError } from '../domain/errors.js';
import type { Release } from '../domain/release.js';
import { Breaker } from '../platform/breaker.js';
import { databaseError, type Sql } from '../platform/sql.js';

/** Adds `/healthz` (this process runs) and `/readyz` (it can read what it serves). */
export function addHealthRoutes(server: FastifyInstance, deps: { sql: Sql; release: Release }): void {
  const breaker = new Breaker();
  server.get('/healthz', async () => ({ status: 'ok', release: deps.release.version }));
  server.get('/readyz', async () => {
    await breaker.run(() => checkDatabase(deps.sql));
    return { status: 'ready', release: deps.release.version };
  });
}

async function checkDatabase(sql: Sql): Promise<void> {
  try {
    const [row] = await sql<{ there: boolean }[]>`select to_regclass('doi_evaluation') is not null as there`;
    if (row?.there) return;
  } catch (error) {
    throw databaseError(error);
  }
  throw new DoiError(
    'schema_incompatible',
    'The database has no table doi_evaluation.',
    'Run "doi migrate".',
  );
}
