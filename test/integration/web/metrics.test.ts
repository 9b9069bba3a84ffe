import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { SummaryEntry } from '../../../src/api/summary.js';
import { readConfig } from '../../../src/platform/config.js';
import { openLog } from '../../../src/platform/log.js';
import { isMetricName, METRICS, metricOf } from '../../../src/platform/metrics/catalogue.js';
import { Scope } from '../../../src/platform/process/shutdown.js';
import { beginSweep, endSweep } from '../../../src/store/sweeps.js';
import { runWorker } from '../../../src/worker/run-worker.js';
import { type ReadMetric, readMetrics, sumOf } from '../../helpers/metrics-text.js';
import { openTestRedis, type TestRedis } from '../../helpers/test-redis.js';
import { openWorld, type World } from '../../helpers/world.js';
import { deliver, deliveryOf, SECRETS, send } from './deliveries.js';
import { startWeb, TOKEN } from './web.js';

/** What no label may hold: a slug, and its path. */
const SLUG = 'planted-slug';

let scope: Scope;
let world: World;
let redis: TestRedis;
let url: string;
beforeEach(async () => {
  scope = new Scope();
  world = scope.add('world', await openWorld('planted-path'), (it) => it.close());
  redis = scope.add('redis', await openTestRedis(), (it) => it.close());
  await world.add(SLUG, { 'SCOPE.md': '# Scope\n', 'workplans/README.md': 'x' });
  await world.sql`update managed_repos set remote_url = 'https://git.example/acme/thing'`;
  url = await startWeb(scope, { databaseUrl: world.url, env: { REDIS_URL: redis.url } });
});
afterEach(() => scope.close());

const asking = [
  ['Host', 'localhost'],
  ['Authorization', `Bearer ${TOKEN}`],
] as const;
const ask = (path: string, method = 'GET') => send(url + path, { method, headers: asking });
const refresh = () => ask(`/repos/${SLUG}/doi/refresh`, 'POST');
const scrapeText = async () => (await fetch(`${url}/metrics`)).text();
const scrape = async () => readMetrics(await scrapeText());

async function startWorker(watchSeconds: string): Promise<Scope> {
  const own = new Scope();
  const env = { DATABASE_URL: world.url, REDIS_URL: redis.url, DOI_HOST: 'here' };
  const config = readConfig({
    ...{ PATH: process.env['PATH'], ...env },
    DOI_WATCH_SECONDS: watchSeconds,
  });
  await runWorker(config, openLog('test', 'silent'), own);
  return own;
}

/** Scrapes until a series has a value; a scrape is cached for a second. */
const reaches = (series: string, labels: Readonly<Record<string, string>>, least: number) =>
  expect
    .poll(async () => sumOf(await scrape(), series, labels), { timeout: 30_000, interval: 100 })
    .toBeGreaterThanOrEqual(least);
const evaluated = async () =>
  expect
    .poll(async () => (await world.sql`select 1 from doi_cache`).length, { timeout: 30_000, interval: 20 })
    .toBe(1);

describe('what a worker does', () => {
  it('is in the scrape of the web process, by host and worker', async () => {
    const worker = await startWorker('1');
    try {
      expect((await refresh()).status).toBe(202);
      await reaches('doi_evaluations_total', { host: 'here', result: 'written' }, 1);
      const metrics = await scrape();
      const written = { host: 'here', result: 'written' };
      expect(sumOf(metrics, 'doi_evaluation_duration_seconds_count', written)).toBe(
        sumOf(metrics, 'doi_evaluations_total', written),
      );
      const checks = { host: 'here', program: 'checker' };
      expect(sumOf(metrics, 'doi_subprocesses_total', { ...checks, end: 'exited' })).toBeGreaterThan(0);
      expect(sumOf(metrics, 'doi_subprocess_duration_seconds_count', checks)).toBeGreaterThan(0);
      // The web process woke it.
      expect(sumOf(metrics, 'doi_wake_ups_total', { result: 'sent' })).toBeGreaterThan(0);
      const workers = metrics.get('doi_worker_record_age_seconds')?.samples ?? [];
      expect(workers.map(({ labels }) => labels)).toEqual([
        { host: 'here', worker: expect.stringMatching(/^[0-9a-f]{8}$/) },
      ]);
      expect(metrics.get('doi_event_loop_lag_p99_seconds')?.samples).toHaveLength(2);
    } finally {
      await worker.close();
    }
  });

  it('is recorded completely when it stops', async () => {
    // Besides, it records only once within this test, when it starts.
    const worker = await startWorker('3600');
    await refresh();
    await evaluated();
    await worker.close();
    const metrics = await scrape();
    expect(sumOf(metrics, 'doi_evaluations_total', { result: 'written' })).toBeGreaterThan(0);
    expect(sumOf(metrics, 'doi_subprocesses_total', { end: 'exited' })).toBeGreaterThan(0);
  });
});

it('a wake-up that Redis does not accept is counted as failed, at each attempt', async () => {
  // No server listens there.
  url = await startWeb(scope, { databaseUrl: world.url, env: { REDIS_URL: 'redis://127.0.0.1:1' } });
  expect((await refresh()).status).toBe(202);
  await reaches('doi_wake_ups_total', { result: 'failed' }, 2);
  expect(sumOf(await scrape(), 'doi_wake_ups_total', { result: 'sent' })).toBe(0);
});

/** An HTTP request is counted when its answer was sent, and the client may receive the answer sooner. */
const counted = (answers: number) =>
  expect
    .poll(
      async () => {
        const metrics = await scrape();
        const scrapes = sumOf(metrics, DURATIONS, { route: '/metrics' });
        return sumOf(metrics, DURATIONS) - scrapes;
      },
      { timeout: 10_000, interval: 100 },
    )
    .toBe(answers);
const DURATIONS = 'doi_http_request_duration_seconds_count';

describe('an HTTP request', () => {
  it('is counted by the pattern of its route, its method and its status, without a slug', async () => {
    await ask(`/repos/${SLUG}/doi`);
    await ask('/repos/not-there/doi');
    await ask(`/planted-route/${SLUG}`);
    await ask(`/repos/${SLUG}/doi`, 'PROPFIND');
    await ask(`/repos/${SLUG}/doi`, 'HEAD');
    await counted(5);
    const samples = (await scrape()).get('doi_http_request_duration_seconds')?.samples ?? [];
    const counts = samples.filter(({ name, labels }) => name === DURATIONS && labels['route'] !== '/metrics');
    const countOf = (method: string, route: string, status: string) =>
      counts.find(({ labels }) =>
        [labels['method'] === method, labels['route'] === route, labels['status'] === status].every(Boolean),
      )?.value;
    expect(countOf('GET', '/repos/:slug/doi', '200')).toBe(1);
    expect(countOf('GET', '/repos/:slug/doi', '404')).toBe(1);
    expect(countOf('HEAD', '/repos/:slug/doi', '200')).toBe(1);
    expect(countOf('GET', 'unmatched', '404')).toBe(1);
    expect(countOf('other', 'unmatched', '405')).toBe(1);
    expect(counts).toHaveLength(5);
  });

  it('is counted as a hit if the report was cached, else as a miss', async () => {
    await ask(`/repos/${SLUG}/doi`);
    await ask(`/repos/${SLUG}/doi`);
    const metrics = await scrape();
    expect(sumOf(metrics, 'doi_report_memory_reads_total', { result: 'miss' })).toBe(1);
    expect(sumOf(metrics, 'doi_report_memory_reads_total', { result: 'hit' })).toBe(1);
  });

  it('is counted by provider and outcome if it is a delivery', async () => {
    const proven = deliveryOf('github');
    await deliver(url, proven);
    await deliver(url, { ...proven, body: `${proven.body} ` });
    await deliver(url, {
      ...proven,
      headers: proven.headers.filter(([name]) => name !== 'X-Hub-Signature-256'),
    });
    await ask('/webhooks/planted-provider', 'POST');
    await counted(4);
    const { samples = [] } = (await scrape()).get('doi_webhook_deliveries_total') ?? {};
    expect(samples.map(({ labels, value }) => [labels, value])).toEqual([
      [{ provider: 'github', outcome: 'accepted' }, 1],
      [{ provider: 'github', outcome: 'unproven' }, 2],
    ]);
  });
});

describe('a whole scrape', () => {
  let text: string;
  let metrics: Map<string, ReadMetric>;
  beforeEach(async () => {
    const worker = await startWorker('3600');
    await refresh();
    await evaluated();
    await worker.close();
    await world.write(SLUG, 'SCOPE.md', 'another one');
    await world.sql`update doi_observation set fingerprint = null`;
    await world.sql`update doi_host set trouble = '{"code": "checker_missing", "message": "planted-message"}'`;
    // A server that refuses another host, which keeps a mirror.
    await world.sql`insert into doi_source (repo_id, mirror_host, server) select id, 'there', 's' from managed_repos`;
    await world.sql`
      insert into doi_server (host, server, problem, since, said_at, attempts, retry_at)
      values ('there', 's', '{"code": "remote_denied"}', now(), now(), 1, now())`;
    const id = (await beginSweep(world.sql, { trigger: 'nightly', host: 'here' })) ?? '';
    await endSweep(world.sql, id, 'finished');
    // A worker that stopped may have left the request that came while it evaluated.
    await world.sql`
      insert into doi_request (repo_id, seq, forced, priority, reason, requested_at)
      select id, 1, false, 5, 'planted-reason', clock_timestamp() from managed_repos
      on conflict (repo_id) do update set reason = excluded.reason`;
    await deliver(url, deliveryOf('github'));
    for (const path of [`/repos/${SLUG}/doi`, `/repos/${SLUG}/doi/badge.svg`, `/planted-route/${SLUG}`])
      await ask(path, 'HEAD');
    // The counts of the summary follow what was written.
    await reaches('doi_stale_oldest_checked_timestamp_seconds', {}, 1);
    text = await scrapeText();
    metrics = readMetrics(text);
  });

  it('has exactly the metrics of the catalogue, with their types and labels', async () => {
    const ours = [...metrics].filter(([name]) => name.startsWith('doi_'));
    expect(ours.map(([name]) => name).sort()).toEqual(Object.keys(METRICS).sort());
    for (const [name, { type, samples }] of ours) {
      if (!isMetricName(name)) throw new Error(name);
      expect(samples.length, name).toBeGreaterThan(0);
      expect(type, name).toBe(metricOf(name).type);
      const used = new Set(samples.flatMap(({ labels }) => Object.keys(labels)));
      used.delete('le');
      expect([...used].sort(), name).toEqual([...metricOf(name).labels].sort());
    }
    const others = [...metrics.keys()].filter((name) => !name.startsWith('doi_'));
    expect(others).toContain('process_start_time_seconds');
    expect(others.filter((name) => !/^(?:process|nodejs)_/.test(name))).toEqual([]);
  });

  it('has names by convention: base units at the end, and _total only for counters', () => {
    for (const [name, { type }] of Object.entries(METRICS)) {
      expect(name.endsWith('_total'), name).toBe(type === 'counter');
      if (type === 'histogram') expect(name).toMatch(/_seconds$/);
      expect(name).not.toMatch(/_(?:ms|millis|minutes|hours|days|percent)(?:_|$)/);
    }
  });

  it('has the counts of the summary that is shown', async () => {
    const summary = await send(`${url}/repos/doi/summary`, { method: 'GET', headers: asking });
    const [entry] = summary.json as unknown as [SummaryEntry];
    expect(entry.stale).toBe(true);
    expect(sumOf(metrics, 'doi_repositories', { tier: entry.tier })).toBe(1);
    expect(sumOf(metrics, 'doi_repositories')).toBe(1);
    expect(sumOf(metrics, 'doi_repositories_stale')).toBe(1);
    const oldest = sumOf(metrics, 'doi_stale_oldest_checked_timestamp_seconds');
    expect(oldest * 1000).toBeCloseTo(Date.parse(entry.checked_at ?? ''), 0);
  });

  it('has growing buckets, and the last one counts everything', () => {
    const { samples = [] } = metrics.get('doi_evaluation_duration_seconds') ?? {};
    const of = (part: string) =>
      samples.filter(({ name, labels }) => name.endsWith(part) && labels['result'] === 'written');
    const buckets = of('_bucket').map(({ value }) => value);
    expect(buckets.length).toBeGreaterThan(10);
    expect(buckets).toEqual([...buckets].sort((one, other) => one - other));
    expect(of('_bucket').at(-1)?.labels['le']).toBe('+Inf');
    expect(buckets.at(-1)).toBe(of('_count')[0]?.value);
  });

  it('holds no slug, path, message, reason nor secret', () => {
    expect(text).not.toMatch(/planted/i);
    for (const secret of [TOKEN, ...Object.values(SECRETS)]) expect(text).not.toContain(secret);
    for (const private_ of [world.folder, world.url, redis.url, 'acme']) expect(text).not.toContain(private_);
  });
});
