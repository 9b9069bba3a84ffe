/** The route of the metrics: what this process counts, what workers recorded, and what is read of the database. */
import type { FastifyInstance } from 'fastify';
import { emptyQuery, toSchema } from '../../api/queries.js';
import { isHostProblem } from '../../domain/errors.js';
import { CircuitBreaker, READ_LIMIT_MS } from '../../platform/circuit-breaker.js';
import { type Family, METRICS_TYPE, printMetrics, single } from '../../platform/metrics/family.js';
import type { WebMetrics } from '../../platform/metrics/web-metrics.js';
import { readSnapshot, type SnapshotDependencies } from '../../store/metrics-snapshot.js';
import { SingleFlightCache } from '../single-flight-cache.js';
import type { FleetStatistics } from '../summary/statistics.js';
import { snapshotFamilies, statisticsFamilies, workerFamilies } from './families.js';

export interface MetricsDependencies extends SnapshotDependencies {
  readonly metrics: WebMetrics;
  /** The numbers of the fleet; undefined where they are not known at this moment. */
  readonly statistics: () => FleetStatistics | undefined;
}

/** For how long a scrape answers others, in milliseconds. */
const REMEMBERED_MS = 1000;

/** Adds `/metrics`. With PostgreSQL away it tells what this process counts, and that. */
export function addMetricsRoute(server: FastifyInstance, deps: MetricsDependencies): void {
  const breaker = new CircuitBreaker({ limitMs: READ_LIMIT_MS });
  const scrapes = new SingleFlightCache<string>(REMEMBERED_MS);
  server.get('/metrics', { schema: { querystring: toSchema(emptyQuery) } }, async (_, reply) => {
    const text = await scrapes.get('', () => print(deps, breaker));
    return reply.type(METRICS_TYPE).header('cache-control', 'no-store').send(text);
  });
}

async function print(deps: MetricsDependencies, breaker: CircuitBreaker): Promise<string> {
  const { metrics } = deps;
  const snapshot = await unlessAway(() => breaker.run(() => readSnapshot(deps)));
  const statistics = deps.statistics();
  const shared: Family[] = [
    single('doi_database_up', Number(snapshot !== undefined)),
    ...(snapshot === undefined ? [] : snapshotFamilies(snapshot)),
    ...(statistics === undefined ? [] : statisticsFamilies(statistics)),
  ];
  const workers = (snapshot?.workers ?? []).map(workerFamilies);
  const ours = await printMetrics([await metrics.read(), shared, ...workers]);
  return `${ours}\n${await metrics.printDefaults()}`;
}

async function unlessAway<T>(read: () => Promise<T>): Promise<T | undefined> {
  try {
    return await read();
  } catch (error) {
    if (isHostProblem(error)) return undefined;
    throw error;
  }
}
