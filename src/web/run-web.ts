/** The web process: serves the routes of the reader, the producer and the dashboard, until its scope is closed. */
import { systemClock } from '../platform/clock.js';
import type { Config } from '../platform/config.js';
import { checkName } from '../platform/http/read-auth.js';
import { closeHttpServer, makeHttpServer } from '../platform/http/server.js';
import type { Log } from '../platform/log.js';
import { observeRequests, WebMetrics } from '../platform/metrics/web-metrics.js';
import type { Scope } from '../platform/process/shutdown.js';
import { publicLink } from '../platform/settings/public-url.js';
import { WEBHOOK_PROVIDERS } from '../platform/settings/webhook-secrets.js';
import { addRefreshRoute } from '../producer/refresh-route.js';
import { addWebhookRoutes } from '../producer/webhooks/routes.js';
import { openReader, openSummary } from '../reader/open-reader.js';
import { readRefresh } from '../reader/read-report.js';
import { addDashboardRoutes } from '../reader/routes/dashboard.js';
import { addHealthRoutes } from '../reader/routes/health.js';
import { addReaderRoutes } from '../reader/routes/index.js';
import { addMetricsRoute } from '../reader/routes/metrics.js';
import { WaitingPlaces } from '../reader/waiting-places.js';
import { checkDatabase } from './check-database.js';
import { addMcpRoute } from './mcp-route.js';
import { openProducer, openRefreshing } from './open-producer.js';

/**
 * Starts serving; closing the scope stops it. It needs no Redis: the reader does not use it, and without it the watch of
 * each host finds new requests.
 * @returns the address that it listens on, as a URL
 */
export async function runWeb(config: Config, log: Log, scope: Scope): Promise<string> {
  const reading = openReader(config, scope);
  await checkDatabase(reading.sql, { config, log, scope });
  const metrics = scope.add('metrics', new WebMetrics(reading.release), (it) => it.close());
  const onWakeUps = metrics.wakeUpsEnded;
  const producing = openProducer({ config, log, scope, onWakeUps });
  const { address, readToken, port, token, publicUrl } = config;
  const server = scope.add('http', makeHttpServer({ log, address, readToken, publicUrl }), closeHttpServer);
  observeRequests(server, metrics);
  const summary = openSummary({ config, log, scope }, reading);
  addHealthRoutes(server, { ...reading, summary });
  const caller = { address, readToken, token, publicUrl };
  const refreshing = openRefreshing(producing, caller);
  const places = new WaitingPlaces();
  const mayRequest = token !== undefined;
  addDashboardRoutes(server, { checkCaller: (request) => checkName(request, caller), mayRequest });
  addReaderRoutes(server, {
    ...reading,
    summary,
    ...{ refreshing, places },
    onReport: metrics.reportRead,
    ...servingSettings(config),
  });
  addMetricsRoute(server, { ...reading, metrics, statistics: () => summary.statistics() });
  addWebhookRoutes(server, { ...producing, secrets: config.webhookSecrets });
  addRefreshRoute(server, {
    ...producing,
    caller,
    readRefresh: (slug) => readRefresh(producing.sql, { slug, runningLimitMs: reading.runningLimitMs }),
  });
  addMcpRoute(server, { log, clock: systemClock, release: reading.release, caller, places });
  const url = await server.listen({ host: address, port });
  const webhooks = WEBHOOK_PROVIDERS.filter((provider) => config.webhookSecrets[provider].length > 0);
  const wakesBy = config.redisUrl === undefined ? 'watch' : 'redis';
  log.info(
    {
      url,
      public_url: publicUrl && publicLink(publicUrl, '/'),
      webhooks,
      refresh: mayRequest,
      wakes_by: wakesBy,
    },
    'web listens',
  );
  return url;
}

function servingSettings({ freshMs, publicBadges, historyDays, publicUrl }: Config) {
  return { freshMs, publicBadges, historyDays, publicUrl: publicLink(publicUrl, '') || '/' };
}
