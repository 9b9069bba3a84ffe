import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { watchOnce } from '../../../src/producer/watch.js';
import { forgetHost } from '../../../src/store/hosts/forget-host.js';
import { readHosts } from '../../../src/store/hosts/read-hosts.js';
import { addRequests } from '../../../src/store/requests/add-requests.js';
import { handleJob } from '../../../src/worker/handle-job.js';
import { openWorld, type World } from '../../helpers/world.js';
import { plainRequest } from '../store/rows.js';

let world: World;
let slug: string;
let repoId: string;
let count = 0;
beforeAll(async () => {
  world = await openWorld('home');
});
beforeEach(async () => {
  count += 1;
  slug = `repo-${count}`;
  repoId = await world.add(slug, { 'SCOPE.md': '# Scope\n' });
  await place({ 'aaa-never-ran': '/nowhere', here: world.path(slug) });
});
afterAll(() => world.close());

const place = (paths: Record<string, string>) => world.sql`
  update managed_repos set host_paths = ${world.sql.json(paths)}, updated_at = clock_timestamp()
  where id = ${repoId}`;
const watch = (host = 'here') => watchOnce({ ...world.deps, host, capacity: 1, wake: async () => {} });
const claim = async () => {
  const [row] = await world.sql<
    { host: string }[]
  >`select host from doi_observation where repo_id = ${repoId}`;
  return row?.host;
};

describe('where the registry names several hosts and none has claimed the repository', () => {
  it('the first host that probes claims, requests and judges it, although another one comes first by name', async () => {
    await watch();
    expect(await claim()).toBe('here');
    expect(await world.evaluate(slug)).toMatchObject({ end: 'written' });
    expect(await world.read(slug)).toMatchObject({ stale: false, checkout: { host: 'here' } });
  });

  it('the first host that is woken judges it, before any host has probed it', async () => {
    await addRequests(world.sql, [plainRequest(repoId)]);
    const { outcome } = await handleJob(world.deps, repoId, new AbortController().signal);
    expect(outcome).toMatchObject({ end: 'written' });
    expect(await claim()).toBe('here');
  });

  it('a host that the registry does not name neither claims nor judges it', async () => {
    await watch('elsewhere');
    expect(await claim()).toBeUndefined();
    await addRequests(world.sql, [plainRequest(repoId)]);
    const deps = { ...world.deps, host: 'elsewhere' };
    const { outcome } = await handleJob(deps, repoId, new AbortController().signal);
    expect(outcome).toEqual({ end: 'not-mine' });
  });

  it('the claim stays with the host that made it, when another one probes', async () => {
    await watch();
    await place({ 'aaa-never-ran': world.path(slug), here: world.path(slug) });
    await watch('aaa-never-ran');
    expect(await claim()).toBe('here');
  });
});

describe('a host that is gone for good', () => {
  const forget = async (host: string, forced = false) =>
    (await forgetHost(world.sql, host, { observedLimitMs: 60_000, forced })).repositories;
  const hosts = async () => readHosts({ sql: world.sql, observedLimitMs: 60_000 });

  it('is forgotten with its claims, so that another host that has a checkout takes over', async () => {
    await place({ gone: world.path(slug), here: world.path(slug) });
    await watch('gone');
    await watch();
    expect(await claim()).toBe('gone');
    await world.sql`
      insert into doi_worker_metrics values (gen_random_uuid(), 'gone', clock_timestamp(), '[]')`;
    await world.sql`
      update doi_host set heartbeat = clock_timestamp() - interval '61 seconds' where host = 'gone'`;
    const { length } = await world.sql`select from doi_observation where host = 'gone'`;
    expect(await forget('gone')).toBe(length);
    expect((await hosts()).map(({ host }) => host)).not.toContain('gone');
    expect(await world.sql`select from doi_worker_metrics where host = 'gone'`).toHaveLength(0);
    await watch();
    expect(await claim()).toBe('here');
    expect(await world.evaluate(slug)).toMatchObject({ end: 'written' });
    expect(await world.read(slug)).toMatchObject({ stale: false, checkout: { host: 'here' } });
  });

  it('is not forgotten while it makes heartbeats, unless forced', async () => {
    await watch();
    await expect(forget('here')).rejects.toMatchObject({
      code: 'host_alive',
      message: expect.stringMatching(/^The host here is alive: its last heartbeat was at \d{4}-/),
    });
    expect(await claim()).toBe('here');
    expect(await forget('here', true)).toBeGreaterThan(0);
    expect(await claim()).toBeUndefined();
  });

  it('can be forgotten when only its claims are left; an unknown one cannot', async () => {
    await watch();
    await world.sql`delete from doi_host where host = 'here'`;
    expect((await hosts()).find(({ host }) => host === 'here')).toMatchObject({
      ...{ silent: true, heartbeat: null, version: 'unknown', capacity: 0 },
      repositories: expect.any(Number),
    });
    expect(await forget('here')).toBeGreaterThan(0);
    await expect(forget('here')).rejects.toMatchObject({ code: 'unknown_host' });
  });
});
