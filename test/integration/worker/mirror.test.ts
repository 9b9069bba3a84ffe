import { existsSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { addPushes } from '../../../src/store/pushes.js';
import { StillFetching } from '../../../src/worker/still-fetching.js';
import { commit, git, makeRemote, push } from '../../helpers/git-repository.js';
import { startGitServer } from '../../helpers/git-server.js';
import { openWorld, type World } from '../../helpers/world.js';

let world: World;
let server: Awaited<ReturnType<typeof startGitServer>>;
let count = 0;
let slug: string;
let repoId: string;
let remote: string;
let author: string;
beforeAll(async () => {
  world = await openWorld('mirror');
  server = await startGitServer(world.folder);
});
afterAll(async () => {
  await server.close();
  await world.close();
});
beforeEach(async () => {
  count += 1;
  slug = `mirror-${count}`;
  ({ remote, author } = makeRemote(world.path(slug)));
  commit(author, 'SCOPE.md', '# Scope\n');
  commit(author, 'large.bin', 'x'.repeat(1_000_000));
  push(author);
  repoId = await register();
});

async function register(): Promise<string> {
  const { sql, mirrors } = world;
  const url = server.url(`${slug}/remote.git`);
  const [row] = await sql<{ id: string }[]>`
    insert into managed_repos (id, slug, name, remote_url)
    values (gen_random_uuid(), ${slug}, ${slug}, ${url}) returning id::text`;
  const id = row?.id ?? '';
  const paths = { here: join(mirrors.folder, `${id}.git`) };
  await sql`update managed_repos set host_paths = ${sql.json(paths)} where id = ${id}`;
  await sql`insert into doi_source (repo_id, mirror_host, server, due_at) values (${id}, 'here', '127.0.0.1', now())`;
  return id;
}
const JOB = { seq: '0', isPerson: true, isDamaged: false };
const headOf = () => git(author, 'rev-parse', 'HEAD');
const storePush = (head: string) =>
  addPushes(world.sql, [{ repoIds: [repoId], branch: 'main', head, reason: 'pushed' }]);
const mirrorPath = () => join(world.mirrors.folder, `${repoId}.git`);

describe('a mirror', () => {
  it('when it is evaluated first, then it is made, and the report is fresh as of the contact', async () => {
    expect(await world.evaluate(slug)).toMatchObject({ end: 'written', ran: 14 });
    const report = await world.read(slug);
    expect(report).toMatchObject({ stale: false, verified: 'remote', checkout: { head: headOf() } });
    expect(report.criteria.find(({ id }) => id === 'C5')?.status).toBe('warn');
  });

  it('when a push was stored, then the report names its commit until it is fetched, and then judges exactly that', async () => {
    await world.evaluate(slug);
    commit(author, 'CLAUDE.md', 'kaizen\n');
    push(author);
    await storePush(headOf());
    const before = await world.read(slug);
    expect(before.stale_reasons).toMatchObject([{ input: 'remote', code: 'pushed', now: headOf() }]);
    expect(await world.evaluate(slug)).toMatchObject({ end: 'written', ran: 2 });
    expect(await world.read(slug)).toMatchObject({ stale: false, checkout: { head: headOf() } });
  });

  it('when a push touches no input, then one fetch is all that happens', async () => {
    await world.evaluate(slug);
    const checks = world.checks;
    commit(author, 'main.c');
    push(author);
    await storePush(headOf());
    expect(await world.evaluate(slug)).toEqual({ end: 'fresh' });
    expect(world.checks).toBe(checks);
    expect(await world.read(slug)).toMatchObject({ stale: false, checkout: { head: headOf() } });
  });

  it('when the last contact is over its limit, then the report is not verified, and no evaluation is requested for that', async () => {
    await world.evaluate(slug);
    await world.sql`update doi_source set contacted_at = contacted_at - interval '1 hour'`;
    const report = await world.read(slug);
    expect(report.stale_reasons).toMatchObject([{ input: 'remote', code: 'not_verified' }]);
  });

  it('when the mirror has another commit than the last contact found, then the report is not fresh', async () => {
    await world.evaluate(slug);
    await world.sql`update doi_source set contact_head = ${'0'.repeat(40)} where repo_id = ${repoId}`;
    expect((await world.read(slug)).stale_reasons).toMatchObject([{ input: 'remote', code: 'not_verified' }]);
  });

  it('when the remote is gone, then the last verdict stays, with the failure beside it', async () => {
    await world.evaluate(slug);
    await rm(remote, { recursive: true });
    expect(
      await world.mirrors.contact(repoId, { ...JOB, signal: new AbortController().signal }),
    ).toMatchObject({
      state: 'failed',
      error: { code: 'remote_gone' },
    });
    expect((await world.read(slug)).criteria).toHaveLength(14);
  });

  it('when the server fails while blobs are fetched, then that is a problem of the server, as in a contact', async () => {
    const own = await startGitServer(world.folder);
    await world.sql`update managed_repos set remote_url = ${own.url(`${slug}/remote.git`)} where id = ${repoId}`;
    await world.mirrors.contact(repoId, { ...JOB, signal: new AbortController().signal });
    await own.close();
    const fetched = world.mirrors.fetchObjects(repoId, [git(author, 'rev-parse', 'HEAD:SCOPE.md')]);
    await expect(fetched).rejects.toMatchObject({ code: 'remote_unreachable' });
    const rows = await world.sql`select problem ->> 'code' as code, server from doi_server`;
    expect(rows).toEqual([{ code: 'remote_unreachable', server: new URL(own.url('')).host }]);
    await world.sql`delete from doi_server`;
  });

  it.each(['readCommit', 'loadCommit', 'layOut'] as const)(
    'when %s fetches blobs for longer than a job may wait, then the request is deferred as urgent as it was, and nothing failed',
    async (step) => {
      const { deps } = world;
      world.deps = { ...deps, [step]: () => Promise.reject(new StillFetching()) };
      expect(await world.evaluate(slug)).toMatchObject({ end: 'waiting' });
      world.deps = deps;
      const [row] = await world.sql`
        select not_before > now() as deferred, priority, (select count(*)::int from doi_failure f where f.repo_id = q.repo_id) as failures
        from doi_request q where repo_id = ${repoId}`;
      expect(row).toEqual({ deferred: true, priority: 1, failures: 0 });
    },
  );

  it('when its folder is gone, then that is a failure and no verdict, and it is fetched again', async () => {
    await world.evaluate(slug);
    await rm(mirrorPath(), { recursive: true });
    const verdicts = (await world.read(slug)).criteria;
    await world.sql`update doi_source set contacted_at = clock_timestamp()`;
    await world.sql`
      insert into doi_request (repo_id, seq, forced, priority, reason, collapsed, requested_at)
      values (${repoId}, nextval('doi_request_seq'), false, 5, 'watch', '{}', now())`;
    const { handleJob } = await import('../../../src/worker/handle-job.js');
    const { outcome } = await handleJob(world.deps, repoId, new AbortController().signal);
    expect(outcome).toMatchObject({ end: 'failed', error: { code: 'remote_failed' } });
    expect((await world.read(slug)).criteria).toEqual(verdicts);
    expect(
      await world.mirrors.contact(repoId, { ...JOB, signal: new AbortController().signal }),
    ).toMatchObject({ state: 'reached' });
    expect(existsSync(mirrorPath())).toBe(true);
    expect(await world.evaluate(slug)).toMatchObject({ end: 'written' });
    expect(await world.read(slug)).toMatchObject({ stale: false });
  });
});

describe('a mirror that another host reads', () => {
  it('when a contact finds the same commit after the record, then the contact before it counts until the next pass', async () => {
    const elsewhere = { ...world.deps, host: 'elsewhere' };
    const { readReport } = await import('../../../src/reader/read-report.js');
    await world.evaluate(slug);
    const before = await readReport(elsewhere, slug);
    expect(before.answer).toMatchObject({ stale: false, verified: 'remote' });
    await world.mirrors.contact(repoId, { ...JOB, signal: new AbortController().signal });
    const after = await readReport(elsewhere, slug);
    expect(after.answer).toMatchObject({ stale: false, verified: 'remote' });
    expect(after.verifiedAt).toBe(before.verifiedAt);
  });
});
