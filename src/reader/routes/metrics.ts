/** The route `/metrics`: the counters of this process, those that workers recorded, and counts from the database. */
import type { FastifyInstance } from 'fastify';
import { emptyQuery, toSchema } from '../../api/queries.js';
import { isHostProblem } from '../../domain/errors.js';
import { CircuitBreaker, READ_LIMIT_MS } from '../../platform/circuit-breaker.js';
import { type Family, METRICS_TYPE, printMetrics, single } from '../../platform/metrics/family.js';
import type { WebMetrics } from '../../platform/metrics/web-metrics.js';
import { readSnapshot, type SnapshotDeps } from '../../store/metrics-snapshot.js';
import { snapshotFamilies, statisticsFamilies, workerFamilies } from '../metrics-families.js';
import { SingleFlightCache } from '../single-flight-cache.js';
import type { SummaryStatistics } from '../summary/statistics.js';

export interface MetricsDeps extends SnapshotDeps {
  readonly metrics: WebMetrics;
  /** The counts of the summary; undefined while it cannot be served. */
  readonly statistics: () => SummaryStatistics | undefined;
}

/** For how long one scrape's answer is reused, in milliseconds. */
const SCRAPE_CACHED_MS = 1000;

/** Adds `/metrics`. Without PostgreSQL it has the counters of this process, and `doi_database_up 0`. */
export function addMetricsRoute(server: FastifyInstance, deps: MetricsDeps): void {
  const breaker = new CircuitBreaker({ limitMs: READ_LIMIT_MS });
  const scrapes = new SingleFlightCache<string>(SCRAPE_CACHED_MS);
  server.get('/metrics', { schema: { querystring: toSchema(emptyQuery) } }, async (_, reply) => {
    const text = await scrapes.get('', () => print(deps, breaker));
    return reply.type(METRICS_TYPE).header('cache-control', 'no-store').send(text);
  });
}

async function print(deps: MetricsDeps, breaker: CircuitBreaker): Promise<string> {
  const { metrics } = deps;
  const snapshot = await ifAvailable(() => breaker.run(() => readSnapshot(deps)));
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

async function ifAvailable<T>(read: () => Promise<T>): Promise<T | undefined> {
  try {
    return await read();
  } catch (error) {
    if (isHostProblem(error)) return undefined;
    throw error;
  }
}
