/** Lists the reader's routes, one file each. They never evaluate, and need no Redis. */
import type { FastifyInstance } from 'fastify';
import { CircuitBreaker, READ_LIMIT_MS } from '../../platform/circuit-breaker.js';
import type { RefreshActions } from '../force-refresh.js';
import { ReportCache, type ReportCacheDeps } from '../report-cache.js';
import type { PreparedSummary } from '../summary/prepared-summary.js';
import { WaitingPlaces } from '../waiting-places.js';
import { addBadgeRoute } from './badge.js';
import { addChangesRoute, addHistoryRoute, addTrendRoute } from './history.js';
import { addHostsRoute, addSweepRoutes } from './hosts-and-sweeps.js';
import { addOpenApiRoute } from './openapi.js';
import { addReportRoute } from './report.js';
import { addSchemasRoute } from './schemas.js';
import { addSummaryRoute } from './summary.js';

export interface ReaderRoutesDeps extends ReportCacheDeps {
  /** How long before an answer the probes that it rests on may have begun, in milliseconds. */
  readonly freshMs: number;
  readonly summary: PreparedSummary;
  /** Whether badges are shown to any client, without a token. */
  readonly publicBadges: boolean;
  /** Where clients reach the service. */
  readonly publicUrl: string;
  /** How a client's read can request an evaluation first. */
  readonly refreshing: RefreshActions;
  /** The places in which HTTP requests wait for a worker; those of the process, where others wait too. */
  readonly places?: WaitingPlaces;
  /** For how many days the history is kept. */
  readonly historyDays: number;
}

/** Adds the routes to a server. The dashboard, health and metrics routes are added apart: their callers are others. */
export function addReaderRoutes(server: FastifyInstance, deps: ReaderRoutesDeps): void {
  const breaker = new CircuitBreaker({ limitMs: READ_LIMIT_MS });
  const cache = new ReportCache(deps, deps.freshMs);
  const { places = new WaitingPlaces() } = deps;
  addReportRoute(server, { ...deps, cache, breaker, places });
  addBadgeRoute(server, { ...deps, cache, breaker });
  addHistoryRoute(server, deps, breaker);
  addSummaryRoute(server, deps);
  addChangesRoute(server, deps, breaker);
  addTrendRoute(server, deps, breaker);
  addHostsRoute(server, deps, breaker);
  addSweepRoutes(server, deps, breaker);
  addSchemasRoute(server);
  addOpenApiRoute(server, { version: deps.release.version, publicUrl: deps.publicUrl });
}
