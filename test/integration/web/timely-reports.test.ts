/** Reports that a client wants to be verified recently, of checkouts here, on another host, and of a mirror. */

import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { Scope } from '../../../src/platform/process/shutdown.js';
import { archiveRepositories } from '../../../src/registry/change.js';
import { registerRepositories } from '../../../src/registry/register.js';
import { readDatabaseTime } from '../../../src/store/hosts/heartbeat.js';
import { handleJob } from '../../../src/worker/handle-job.js';
import { commit, makeRemote, push } from '../../helpers/git-repository.js';
import { openWorld, type World } from '../../helpers/world.js';
import { readRequest } from '../store/rows.js';
import { startWeb } from './web.js';

const scope = new Scope();
let world: World;
let url: string;
beforeAll(async () => {
  world = scope.add('world', await openWorld('timely', { host: 'there' }), (it) => it.close());
  for (const slug of ['thing', 'archived', 'local']) await world.add(slug, { 'SCOPE.md': '# Scope\n' });
  for (const slug of ['thing', 'archived']) await world.evaluate(slug);
  await archiveRepositories(world.sql, ['archived']);
  await world.sql`delete from managed_repos where slug = 'local'`;
  await registerRepositories(world.sql, { paths: [world.path('local')], host: 'here', slug: 'local' });
  // A second web process than the worker's host, which remembers a report for a minute.
  url = await startWeb(scope, { databaseUrl: world.url, env: { DOI_FRESHNESS: '60' } });
});
beforeEach(() => world.sql`delete from doi_request`);
afterAll(() => scope.close());

interface Asking {
  readonly slug?: string;
  readonly query?: string;
  readonly method?: string;
}
const ask = (cacheControl: string, { slug = 'thing', query = '', method = 'GET' }: Asking = {}) =>
  fetch(`${url}/repos/${slug}/doi${query}`, { method, headers: { 'cache-control': cacheControl } });
const request = async (slug = 'thing') => readRequest(world.sql, await world.id(slug));
const setAge = async (slug: string, seconds: number) =>
  world.sql`
    update doi_observation set seen_at = clock_timestamp() - ${seconds} * interval '1 second'
    where repo_id = ${await world.id(slug)}`;
/** Waits for the request, and handles it as the worker of the other host does. */
const work = async (slug = 'thing') => {
  await vi.waitFor(
    async () => expect(await request(slug)).toMatchObject({ forced: false, priority: 1 }),
    5000,
  );
  return handleJob(world.deps, await world.id(slug), new AbortController().signal);
};
const ageOf = async (reply: Response) =>
  Date.parse(await readDatabaseTime(world.sql)) - Date.parse(reply.headers.get('doi-verified-at') ?? '');

describe('max-age of a report whose checkout is on another host', () => {
  it('when the last observation is recent enough, then it is answered, and no host is woken', async () => {
    await setAge('thing', 20);
    const reply = await ask('max-age=30');
    expect([reply.status, await request()]).toEqual([200, undefined]);
    expect(reply.headers.get('cache-status')).toMatch(
      /^doi-worker; fwd=miss; ttl=(?:3\d|40); doi-ttl-ms=\d+; doi-bound-ms=\d+$/,
    );
  });

  it('when it is older, then the home host probes, unforced, and the answer is as recent as wanted', async () => {
    await setAge('thing', 20);
    const before = world.checks;
    const reply = ask('max-age=5', { query: '?wait=30' });
    expect((await work()).outcome).toEqual({ end: 'fresh' });
    expect((await reply).status).toBe(200);
    expect(await (await reply).json()).toMatchObject({ stale: false, verified: 'observed', refresh: null });
    expect(await ageOf(await reply)).toBeLessThan(5000);
    expect(world.checks).toBe(before);
  });

  it('when it is 0, then the report was verified after the HTTP request', async () => {
    const began = await readDatabaseTime(world.sql);
    const reply = ask('max-age=0', { query: '?wait=30' });
    await work();
    expect((await reply).status).toBe(200);
    expect(String((await reply).headers.get('doi-verified-at')) >= began).toBe(true);
  });

  it('when no worker verifies it in time, then it is a 504 that says when and how to ask again; the request stays', async () => {
    await setAge('thing', 20);
    const reply = await ask('max-age=5', { query: '?wait=0' });
    expect([reply.status, reply.headers.get('retry-after')]).toEqual([504, '5']);
    expect(reply.headers.get('cache-control')).toBe('no-store');
    expect(await reply.json()).toMatchObject({
      code: 'not_verified_in_time',
      detail: expect.stringContaining('Its home host is there.'),
    });
    await vi.waitFor(async () => expect(await request()).toMatchObject({ forced: false }), 5000);
  });

  it.each([
    ['only what is known is wanted', 'max-age=5, only-if-cached', {}],
    ['it is a HEAD', 'max-age=5', { method: 'HEAD' }],
    ['the repository is archived', 'max-age=5', { slug: 'archived' }],
  ])('when %s, then it is a 504 at once, and no host is woken', async (_, cacheControl, asking) => {
    const { slug = 'thing' }: Asking = asking;
    await setAge(slug, 20);
    expect((await ask(cacheControl, asking)).status).toBe(504);
    expect(await request(slug)).toBeUndefined();
  });

  it('when many clients want it at once, then one wake-up serves all', async () => {
    await setAge('thing', 20);
    const last = async () => {
      const [row] = await world.sql<{ last: string }[]>`select last_value::text as last from doi_request_seq`;
      return Number(row?.last);
    };
    const before = await last();
    const replies = Array.from({ length: 8 }, () => ask('max-age=5', { query: '?wait=30' }));
    await work();
    expect(new Set((await Promise.all(replies)).map(({ status }) => status))).toEqual(new Set([200]));
    expect(await last()).toBe(before + 1);
  });

  it('when a report of any age is wanted at any age, then no answer is older than wanted when it is sent', async () => {
    const outcomes = new Set<number>();
    await fc.assert(
      fc.asyncProperty(fc.nat(58), fc.nat(80), async (age, maxAge) => {
        await setAge('thing', age);
        const reply = await ask(`max-age=${maxAge}, only-if-cached`);
        outcomes.add(reply.status);
        // Half a second is for the way of the answer, and for the statement that reads the time.
        if (reply.status === 200) expect(await ageOf(reply)).toBeLessThanOrEqual(maxAge * 1000 + 500);
        else expect(age * 1000).toBeGreaterThan(maxAge * 1000 - 1000);
      }),
      { numRuns: 60 },
    );
    expect(outcomes).toEqual(new Set([200, 504]));
  });
});

describe('max-age of a report whose checkout is here', () => {
  it('when the remembered report is too old, then this process probes again', async () => {
    const status = async (cacheControl: string) => {
      const reply = await ask(cacheControl, { slug: 'local' });
      return [reply.status, reply.headers.get('cache-status')?.split('; ')[1]];
    };
    expect(await status('no-cache')).toEqual([200, 'fwd=miss']);
    expect(await status('no-cache')).toEqual([200, 'hit']);
    expect(await status('max-age=60')).toEqual([200, 'hit']);
    const began = await readDatabaseTime(world.sql);
    const reply = await ask('max-age=0', { slug: 'local' });
    expect([reply.status, reply.headers.get('cache-status')?.split('; ')[1]]).toEqual([200, 'fwd=miss']);
    expect(String(reply.headers.get('doi-verified-at')) >= began).toBe(true);
    expect(await request('local')).toBeUndefined();
  });

  it('when `wait` is named without a max-age that may wake, then it is a bad request', async () => {
    for (const cacheControl of ['no-cache', 'max-age=5, only-if-cached', 'max-age=soon'])
      expect((await ask(cacheControl, { slug: 'local', query: '?wait=5' })).status, cacheControl).toBe(400);
  });
});

it('when the contact with the remote of a mirror is older than wanted, then its host contacts the remote', async () => {
  const { remote, author } = makeRemote(world.path('origin'));
  commit(author, 'SCOPE.md', '# Scope\n');
  push(author);
  const { sql, mirrors } = world;
  const [row] = await sql<{ id: string }[]>`
    insert into managed_repos (id, slug, name, remote_url)
    values (gen_random_uuid(), 'mirror', 'mirror', ${`file://${remote}`}) returning id::text`;
  const id = row?.id ?? '';
  const paths = { there: join(mirrors.folder, `${id}.git`) };
  await sql`update managed_repos set host_paths = ${sql.json(paths)} where id = ${id}`;
  await sql`insert into doi_source (repo_id, mirror_host, server, due_at) values (${id}, 'there', 'file', now())`;
  await world.evaluate('mirror');
  await sql`update doi_source set contacted_at = contacted_at - interval '100 s' where repo_id = ${id}`;
  expect((await ask('max-age=10, only-if-cached', { slug: 'mirror' })).status).toBe(504);
  const reply = ask('max-age=10', { slug: 'mirror', query: '?wait=30' });
  await work('mirror');
  expect((await reply).status).toBe(200);
  expect(await (await reply).json()).toMatchObject({ stale: false, verified: 'remote' });
  expect(await ageOf(await reply)).toBeLessThan(10_000);
});
