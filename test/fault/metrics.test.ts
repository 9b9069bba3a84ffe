import { afterAll, beforeAll, expect, it } from 'vitest';
import { Scope } from '../../src/platform/process/shutdown.js';
import { type FaultServer, startPostgres } from '../helpers/fault-servers.js';
import { readMetrics, sumOf } from '../helpers/metrics-text.js';
import { startWeb } from '../integration/web/web.js';
import { type DatabaseProxy, startProxy } from './database-proxy.js';

let scope: Scope;
let server: FaultServer;
let proxy: DatabaseProxy;
let url: string;
beforeAll(async () => {
  scope = new Scope();
  server = scope.add('postgres', await startPostgres(), (it) => it.close());
  proxy = scope.add('proxy', await startProxy(server.url), (it) => it.close());
  url = await startWeb(scope, { databaseUrl: proxy.url });
});
afterAll(() => scope.close());

const scrape = async () => {
  const response = await fetch(`${url}/metrics`);
  return { status: response.status, metrics: readMetrics(await response.text()) };
};
/** The web process keeps one scrape for a second. */
const isUp = (value: number) =>
  expect
    .poll(async () => sumOf((await scrape()).metrics, 'doi_database_up'), { timeout: 60_000, interval: 50 })
    .toBe(value);

it.each([
  ['is killed', () => server.kill(), () => server.restart()],
  ['is silent', () => proxy.silence(), () => proxy.resume()],
])(
  'while PostgreSQL %s, /metrics has what the process itself counts, and everything again after that',
  async (...[, begin, end]) => {
    await isUp(1);
    await expect
      .poll(async () => (await scrape()).metrics.has('doi_repositories'), { timeout: 60_000 })
      .toBe(true);
    await begin();
    await isUp(0);
    const { status, metrics } = await scrape();
    expect(status).toBe(200);
    expect(metrics.get('doi_http_request_duration_seconds')?.samples.length).toBeGreaterThan(0);
    expect(metrics.has('process_start_time_seconds')).toBe(true);
    for (const gone of ['doi_requests', 'doi_host_up', 'doi_worker_record_age_seconds'])
      expect(metrics.has(gone), gone).toBe(false);
    await expect
      .poll(async () => (await scrape()).metrics.has('doi_repositories'), { timeout: 60_000 })
      .toBe(false);
    await end();
    await isUp(1);
    await expect
      .poll(async () => (await scrape()).metrics.has('doi_repositories'), { timeout: 60_000 })
      .toBe(true);
  },
  180_000,
);
