import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openLog } from '../../../src/platform/log.js';
import { WebMetrics } from '../../../src/platform/metrics/web-metrics.js';
import { Scope } from '../../../src/platform/process/shutdown.js';
import { addMetricsRoute } from '../../../src/reader/routes/metrics.js';
import { recordWorkerMetrics } from '../../../src/store/hosts/worker-metrics.js';
import { beginSweep, endSweep, NO_COUNTS, reportSweep } from '../../../src/store/sweeps.js';
import { makeCheckedServer } from '../../helpers/checked-server.js';
import { type ReadMetric, readMetrics, sumOf } from '../../helpers/metrics-text.js';
import { openWorld, type World } from '../../helpers/world.js';
import { makeGate } from '../queue/signals.js';
import { insertRepository } from '../store/rows.js';

const WORKERS = ['0a0a0a0a-0000-4000-8000-000000000001', '0b0b0b0b-0000-4000-8000-000000000002'] as const;
const HOST = { host: 'localhost' };

let scope: Scope;
let world: World;
beforeEach(async () => {
  scope = new Scope();
  world = scope.add('world', await openWorld('metrics-route'), (it) => it.close());
});
afterEach(() => scope.close());

function openServer(readToken?: string) {
  const server = makeCheckedServer({ log: openLog('test', 'silent'), address: '127.0.0.1', readToken });
  scope.add('server', server, (it) => it.close());
  const metrics = scope.add('metrics', new WebMetrics(world.deps.release), (it) => it.close());
  addMetricsRoute(server, { ...world.deps, metrics, statistics: () => undefined });
  return server;
}

/** By a server of its own, whose cache is empty. */
async function scrape(): Promise<Map<string, ReadMetric>> {
  return readMetrics((await openServer().inject({ url: '/metrics', headers: HOST })).body);
}

const ages = (metrics: Map<string, ReadMetric>, name = 'doi_request_oldest_age_seconds') =>
  (metrics.get(name)?.samples ?? []).map(({ labels, value }) => [labels, value] as const);

describe('the open requests', () => {
  const open = async (host: string | null, agoSeconds: number, more: Record<string, number> = {}) => {
    const id = await insertRepository(world.sql);
    if (host !== null)
      await world.sql`insert into doi_observation (repo_id, host, since, seen_at, recorded_at)
        values (${id}, ${host}, now(), now(), now())`;
    const at = (name: string) =>
      more[name] === undefined
        ? world.sql`null`
        : world.sql`clock_timestamp() + ${more[name]} * interval '1 second'`;
    await world.sql`
      insert into doi_request (repo_id, seq, forced, priority, reason, requested_at, started_at, not_before)
      values (${id}, 1, false, 5, 'test', clock_timestamp() - ${agoSeconds} * interval '1 second',
        ${at('started')}, ${at('notBefore')})`;
  };

  it('are counted by host and state, each with the age of the oldest', async () => {
    await open('here', 100);
    await open('here', 40);
    await open('here', 30, { started: -5 });
    await open('there', 500, { notBefore: 60 });
    await open(null, 7);
    const metrics = await scrape();
    const count = (host: string, state: string) => sumOf(metrics, 'doi_requests', { host, state });
    expect([count('here', 'queued'), count('here', 'running'), count('here', 'waiting')]).toEqual([2, 1, 0]);
    expect([count('there', 'waiting'), count('there', 'queued'), count('', 'queued')]).toEqual([1, 0, 1]);
    expect(ages(metrics).map(([labels]) => labels)).toEqual([
      { host: '', state: 'queued' },
      { host: 'here', state: 'queued' },
      { host: 'here', state: 'running' },
      { host: 'there', state: 'waiting' },
    ]);
    const seconds = ages(metrics).map(([, value]) => value);
    for (const [index, least] of [7, 100, 30, 500].entries()) {
      expect(seconds[index]).toBeGreaterThanOrEqual(least);
      expect(seconds[index]).toBeLessThan(least + 10);
    }
  });

  it('that lost their worker are counted as queued', async () => {
    await open('here', 1000, { started: -(world.deps.runningLimitMs / 1000 + 1) });
    expect(sumOf(await scrape(), 'doi_requests', { host: 'here', state: 'queued' })).toBe(1);
  });

  it('are 0 for a host without requests, and have no age there', async () => {
    const metrics = await scrape();
    expect(metrics.get('doi_requests')?.samples.map(({ value }) => value)).toEqual([0, 0, 0]);
    expect(ages(metrics)).toEqual([]);
  });

  it('have no negative age after a clock was set back', async () => {
    await open('here', -3600);
    expect(ages(await scrape())).toEqual([[{ host: 'here', state: 'queued' }, 0]]);
  });
});

describe('the hosts', () => {
  it('have `up` by their heartbeat, and a host problem by its code only', async () => {
    await world.sql`insert into doi_host (host, heartbeat, version, capacity, trouble) values
      ('alive', clock_timestamp() - interval '3 seconds', '0.1.0', 4, '{"code": "redis_unavailable"}'),
      ('silent', clock_timestamp() - interval '1 hour', '0.1.0', 2, '{"code": "any text"}')`;
    const metrics = await scrape();
    const up = metrics.get('doi_host_up')?.samples.map(({ labels, value }) => [labels['host'], value]);
    expect(up).toEqual([
      ['alive', 1],
      ['here', 0],
      ['silent', 0],
    ]);
    expect(ages(metrics, 'doi_host_trouble')).toEqual([
      [{ host: 'alive', code: 'redis_unavailable' }, 1],
      [{ host: 'silent', code: 'other' }, 1],
    ]);
    // The world's host has no heartbeat yet.
    const heartbeats = ages(metrics, 'doi_host_heartbeat_age_seconds');
    expect(heartbeats.map(([{ host }]) => host)).toEqual(['alive', 'silent']);
    expect(heartbeats[1]?.[1]).toBeGreaterThanOrEqual(3600);
  });

  it('when a server of their mirrors has a problem, then show it once, and no server without a mirror', async () => {
    const ids = [await world.add('mirror'), await world.add('mirror-too')];
    for (const id of ids)
      await world.sql`insert into doi_source (repo_id, mirror_host, server) values (${id}, 'here', 'git.example')`;
    await world.sql`
      insert into doi_server (host, server, problem, since, said_at, attempts, retry_at)
      select 'here', server, json_build_object('code', code), now(), now(), 1, now()
      from (values ('git.example', 'remote_limited'), ('former.example', 'remote_denied')) v (server, code)`;
    expect(ages(await scrape(), 'doi_server_trouble')).toEqual([
      [{ host: 'here', server: 'git.example', code: 'remote_limited' }, 1],
    ]);
    await world.sql`delete from doi_server`;
    await world.sql`delete from managed_repos where id = any(${ids}::uuid[])`;
  });

  it('that have only claimed repositories are down', async () => {
    await world.sql`
      insert into doi_observation (repo_id, host, since, seen_at, recorded_at)
      select id, 'lost', now(), now(), now() from managed_repos where id = ${await world.add('claimed')}`;
    const up = (await scrape()).get('doi_host_up')?.samples.find(({ labels }) => labels['host'] === 'lost');
    expect(up?.value).toBe(0);
    await world.sql`delete from managed_repos where slug = 'claimed'`;
  });
});

describe('the last sweep', () => {
  const state = (metrics: Map<string, ReadMetric>) =>
    metrics.get('doi_last_sweep_state')?.samples.find(({ value }) => value === 1)?.labels['state'];

  it('has its state, times and counts, and the time of the last finished one', async () => {
    expect((await scrape()).has('doi_last_sweep_state')).toBe(false);
    const first = (await beginSweep(world.sql, { trigger: 'nightly', host: 'here' })) ?? '';
    const counts = { ...NO_COUNTS, probed: 5, fresh: 3, asked: 2, away: { a: 1, b: 1 }, reasons: { x: 2 } };
    await reportSweep(world.sql, first, { total: 5, done: 3, counts });
    const running = await scrape();
    expect(state(running)).toBe('running');
    expect(running.has('doi_last_finished_sweep_timestamp_seconds')).toBe(false);
    const shown = running.get('doi_last_sweep_repositories')?.samples ?? [];
    expect(Object.fromEntries(shown.map(({ labels, value }) => [labels['count'], value]))).toEqual({
      ...{ total: 5, done: 3, probed: 5, fresh: 3, asked: 2, failed: 0, gone: 0, held: 0, away: 2 },
    });
    await endSweep(world.sql, first, 'finished');
    const finished = sumOf(await scrape(), 'doi_last_finished_sweep_timestamp_seconds');
    const began = sumOf(running, 'doi_last_sweep_start_timestamp_seconds');
    expect(finished).toBeGreaterThanOrEqual(began);
    expect(sumOf(await scrape(), 'doi_last_sweep_duration_seconds')).toBeCloseTo(finished - began, 3);
    const second = (await beginSweep(world.sql, { trigger: 'nightly', host: 'here' })) ?? '';
    await endSweep(world.sql, second, 'lost');
    const lost = await scrape();
    expect(state(lost)).toBe('lost');
    expect(sumOf(lost, 'doi_last_finished_sweep_timestamp_seconds')).toBe(finished);
  });
});

describe('what workers recorded', () => {
  const families = (value: number) => [
    { name: 'doi_evaluations_total', samples: [{ labels: { result: 'written' }, value }] } as const,
  ];
  const record = (worker: string, metrics: readonly unknown[]) =>
    recordWorkerMetrics(world.sql, { worker, host: 'here', metrics: metrics as never });

  it('has the label of its worker, and the last record', async () => {
    await record(WORKERS[0], families(1));
    await record(WORKERS[0], families(3));
    await record(WORKERS[1], families(4));
    expect(ages(await scrape(), 'doi_evaluations_total')).toEqual([
      [{ host: 'here', worker: '0a0a0a0a', result: 'written' }, 3],
      [{ host: 'here', worker: '0b0b0b0b', result: 'written' }, 4],
    ]);
  });

  it('is omitted five minutes after the last record, and deleted by another worker after an hour', async () => {
    await record(WORKERS[0], families(1));
    const passed = (minutes: number) =>
      world.sql`update doi_worker_metrics set recorded_at = clock_timestamp() - ${minutes} * interval '1 minute'`;
    await passed(4.8);
    expect(ages(await scrape(), 'doi_evaluations_total')).toHaveLength(1);
    await passed(5.2);
    expect((await scrape()).has('doi_evaluations_total')).toBe(false);
    await record(WORKERS[1], families(1));
    const rows = () => world.sql`select worker::text from doi_worker_metrics order by worker`;
    expect(await rows()).toHaveLength(2);
    await passed(61);
    await record(WORKERS[1], families(1));
    expect((await rows()).map(({ worker }) => worker)).toEqual([WORKERS[1]]);
  });

  it('is omitted where it has another form: a metric, a label, a value or a text that none has in this release', async () => {
    const sample = { labels: { result: 'written' }, value: 2 };
    await record(WORKERS[0], [
      { name: 'doi_evaluations_total', samples: [sample, { ...sample, labels: { slug: 'planted' } }] },
      { name: 'doi_evaluations_total', samples: [{ ...sample, labels: { result: '/planted/path' } }] },
      { name: 'doi_evaluations_total', samples: [{ ...sample, metricName: 'planted_total' }] },
      { name: 'planted_total', samples: [sample] },
      // No metric of a worker.
      { name: 'doi_database_up', samples: [{ labels: {}, value: 5 }] },
    ]);
    await world.sql`insert into doi_worker_metrics values (${WORKERS[1]}, 'there', clock_timestamp(), '"planted"')`;
    const { body } = await openServer().inject({ url: '/metrics', headers: HOST });
    expect(body).not.toContain('planted');
    const metrics = readMetrics(body);
    expect(ages(metrics, 'doi_evaluations_total')).toEqual([
      [{ host: 'here', worker: '0a0a0a0a', result: 'written' }, 2],
    ]);
    expect(sumOf(metrics, 'doi_database_up')).toBe(1);
    expect(metrics.get('doi_worker_record_age_seconds')?.samples).toHaveLength(2);
  });
});

describe('GET /metrics', () => {
  it('has the type that Prometheus reads, is cached by no client, and answers HEAD', async () => {
    const server = openServer();
    const reply = await server.inject({ url: '/metrics', headers: HOST });
    expect(reply.statusCode).toBe(200);
    expect(reply.headers).toMatchObject({
      'content-type': 'text/plain; version=0.0.4; charset=utf-8',
      'cache-control': 'no-store',
    });
    const head = await server.inject({ method: 'HEAD', url: '/metrics', headers: HOST });
    expect([head.statusCode, head.body]).toEqual([200, '']);
    expect(head.headers['content-type']).toBe(reply.headers['content-type']);
  });

  it('needs what other reads need: a known name, or the token if one is configured', async () => {
    const open = openServer();
    const foreign = await open.inject({ url: '/metrics', headers: { host: 'evil.example' } });
    expect(foreign.statusCode).toBe(403);
    const fenced = openServer('token-for-reading-01');
    expect((await fenced.inject({ url: '/metrics', headers: HOST })).statusCode).toBe(401);
    const authorization = 'Bearer token-for-reading-01';
    const reply = await fenced.inject({ url: '/metrics', headers: { ...HOST, authorization } });
    expect(reply.statusCode).toBe(200);
    expect(reply.body).not.toContain('token-for-reading-01');
  });

  it('takes no parameter', async () => {
    expect((await openServer().inject({ url: '/metrics?name=x', headers: HOST })).statusCode).toBe(400);
  });

  it('makes one statement for all scrapes that come at once or a moment later', async () => {
    const server = openServer();
    const ask = () => server.inject({ url: '/metrics', headers: HOST });
    const waiting = () => world.sql`
      select 1 from pg_stat_activity
      where datname = current_database() and wait_event_type = 'Lock' and query like '%with requests as%'`;
    const gate = makeGate();
    const held = makeGate();
    const holding = world.sql.begin(async (sql) => {
      await sql`lock table doi_worker_metrics in access exclusive mode`;
      held.open();
      await gate.opened;
    });
    await held.opened;
    const scrapes = Array.from({ length: 20 }, ask);
    await expect.poll(async () => (await waiting()).length, { interval: 5 }).toBe(1);
    // The world has connections for more.
    scrapes.push(...Array.from({ length: 5 }, ask));
    await world.sql`select 1`;
    expect(await waiting()).toHaveLength(1);
    gate.open();
    await holding;
    const bodies = new Set((await Promise.all(scrapes)).map(({ body }) => body));
    expect(bodies.size).toBe(1);
    await world.sql`insert into doi_host (host, heartbeat, version, capacity) values ('new', now(), '0.1.0', 1)`;
    expect((await ask()).body).toBe([...bodies][0]);
  });
});
