import { chmod, mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { judgeGit } from '../../../src/doctor/git.js';
import { examineHosts } from '../../../src/doctor/hosts.js';
import { examineRepositories } from '../../../src/doctor/repositories.js';
import { CheckoutProber } from '../../../src/inputs/probe/checkout-prober.js';
import { systemClock } from '../../../src/platform/clock.js';
import type { Sql } from '../../../src/platform/postgres/sql.js';
import { announceHost, readDatabaseTime } from '../../../src/store/hosts/heartbeat.js';
import { recordHostProblem } from '../../../src/store/hosts/host-problem.js';
import { addRequests } from '../../../src/store/requests/add-requests.js';
import { git } from '../../helpers/git-repository.js';
import { writeHeartbeat } from '../../helpers/heartbeat.js';
import { makeTempFolder, removeFolder } from '../../helpers/temp-folder.js';
import { openTestDatabase, type TestDatabase } from '../../helpers/test-database.js';
import { plainRequest } from '../store/rows.js';
import { type Lines, linesOf } from './examine.js';

let root: string;
let prober: CheckoutProber;
beforeAll(async () => {
  root = await makeTempFolder('doctor-repositories');
  await chmod(root, 0o755);
  prober = new CheckoutProber();
});
afterAll(async () => {
  await prober.close();
  await removeFolder(root);
});

let database: TestDatabase;
let sql: Sql;
beforeEach(async () => {
  database = await openTestDatabase();
  sql = database.sql;
  return () => database.close();
});

async function register(slug: string, places: Readonly<Record<string, string>>): Promise<void> {
  await sql`insert into managed_repos (slug, name, host_paths) values (${slug}, ${slug}, ${sql.json(places)})`;
}

async function checkout(slug: string): Promise<string> {
  const path = join(root, slug);
  await mkdir(join(path, '.git'), { recursive: true });
  return path;
}

let watched: unknown;
let gitVersion: string | undefined = 'git version 2.47.1';
const readGit = async () => gitVersion;
const runChecks = (host = 'alpha'): Promise<Lines> =>
  linesOf(async (report) => {
    watched = await examineRepositories({ sql, prober, host, readGit }, report);
  });

describe('the name of this host', () => {
  it('is reported as unknown when the registry has paths only for other hosts, which it names', async () => {
    for (const slug of ['a', 'b']) await register(slug, { alpha: await checkout(slug) });
    await register('c', { beta: '/srv/c' });
    await announceHost(sql, { host: 'beta', version: '1.0.0', capacity: 1, isolation: 'namespaces' });
    const lines = await runChecks('alhpa');
    expect(watched).toBe(0);
    expect(lines['host name']).toMatchObject({
      state: 'warning',
      found: 'alhpa, for which the registry has no path; it has paths for alpha (2), beta (1).',
      remedy: expect.stringContaining('set DOI_HOST'),
    });
    expect((await runChecks())['host name']).toMatchObject({
      state: 'ok',
      found: 'alpha: 2 repositories of 3 to judge here',
    });
    expect(watched).toBe(2);
  });

  it('is shown with how to register when no repository is registered', async () => {
    expect((await runChecks())['host name']).toMatchObject({
      state: 'warning',
      remedy: expect.stringContaining('doi register'),
    });
  });
});

describe('the checkouts', () => {
  it('are ok when all exist; of missing ones three are named with their paths', async () => {
    await register('here', { alpha: await checkout('here') });
    const before = await runChecks();
    expect(before['checkouts']).toMatchObject({
      state: 'ok',
      found: expect.stringMatching(/^1 of 1 exist/),
    });
    expect(Object.keys(before)).not.toContain('absent checkouts');
    await writeFile(join(root, 'file'), '');
    for (const slug of ['n1', 'n2', 'n3']) await register(slug, { alpha: join(root, 'nowhere', slug) });
    await register('n4', { alpha: join(root, 'file') });
    await sql`insert into managed_repos (slug, name) values ('n5', 'n5')`;
    const lines = await runChecks();
    expect(lines['checkouts']?.found).toMatch(/^1 of 6 exist/);
    expect(lines['absent checkouts']).toMatchObject({
      state: 'warning',
      remedy: expect.stringContaining('doi move'),
    });
    const shown = lines['absent checkouts']?.found ?? '';
    expect(shown).toMatch(/^5: .*, and 2 more\.$/);
    const reasons = [
      /n\d \(no \S+nowhere\/n\d\)/,
      /n4 \(\S+file is not a folder\)/,
      /n5 \(the registry names no path\)/,
    ];
    expect(reasons.filter((reason) => reason.test(shown)).length).toBeGreaterThan(0);
  });

  it('are each named with why they are missing', async () => {
    await writeFile(join(root, 'file'), '');
    await register('n1', { alpha: join(root, 'nowhere') });
    await register('n2', { alpha: join(root, 'file') });
    await sql`insert into managed_repos (slug, name) values ('n3', 'n3')`;
    const { found = '' } = (await runChecks())['absent checkouts'] ?? {};
    expect(found).toContain(`n1 (no ${join(root, 'nowhere')})`);
    expect(found).toContain(`n2 (${join(root, 'file')} is not a folder)`);
    expect(found).toContain('n3 (the registry names no path)');
  });

  it('that this user may not read, in whole or in part, are a problem that names the user', async () => {
    const UNPRIVILEGED = 65_534;
    const isRoot = process.geteuid?.() === 0;
    for (const slug of ['open', 'shut', 'partly']) await register(slug, { alpha: await checkout(slug) });
    const shut = join(root, 'shut');
    const partly = join(root, 'partly/workplans');
    await mkdir(partly);
    // The thread loads its code now, while this user may still read it.
    await runChecks();
    await chmod(shut, 0);
    await chmod(partly, 0);
    // Root may read everything, so this process and its threads run as another user during the test.
    if (isRoot) process.seteuid?.(UNPRIVILEGED);
    const lines = await runChecks().finally(() => {
      if (isRoot) process.seteuid?.(0);
    });
    await chmod(shut, 0o755);
    await chmod(partly, 0o755);
    expect(lines['checkouts']?.found).toMatch(/^1 of 3 exist/);
    const { state, found = '', remedy } = lines['unreadable checkouts'] ?? {};
    expect(state).toBe('problem');
    expect(found).toContain('shut (The checkout could not be read (EACCES))');
    expect(found).toContain('partly (workplans could not be read (EACCES))');
    expect(found).not.toContain('open');
    expect(remedy).toContain(isRoot ? 'nobody' : 'Let ');
  });

  it('on a file system with a cache are a warning', async () => {
    await register('far', { alpha: await checkout('far') });
    const cached = {
      probe: async (...args: Parameters<CheckoutProber['probe']>) => {
        const outcomes = await prober.probe(...args);
        for (const [id, outcome] of outcomes)
          outcomes.set(id, { ...outcome, isCached: true } as typeof outcome);
        return outcomes;
      },
    };
    const lines = await linesOf((report) =>
      examineRepositories({ sql, prober: cached, host: 'alpha', readGit }, report),
    );
    expect(lines['cached checkouts']).toMatchObject({
      state: 'warning',
      found: expect.stringContaining('far'),
    });
  });

  it('that hang are a problem of those repositories, and doctor does not wait for them', async () => {
    await register('hung', { alpha: await checkout('hung') });
    const hung = {
      probe: async (targets: readonly { id: string }[]) => failed(targets, 'It did not answer in time.'),
    };
    const failed = (targets: readonly { id: string }[], why: string) =>
      new Map(targets.map(({ id }) => [id, { failed: why, code: 'probe_timed_out' as const, tookMs: 0 }]));
    const lines = await linesOf((report) =>
      examineRepositories({ sql, prober: hung, host: 'alpha', readGit }, report),
    );
    expect(lines['unreadable checkouts']).toMatchObject({
      state: 'problem',
      found: '1: hung (It did not answer in time).',
    });
    expect(Object.keys(lines)).not.toContain('checkouts');
  });
});

describe('bare repositories and mirrors', () => {
  const bare = async (slug: string, isEmpty = false) => {
    const path = join(root, `${slug}.git`);
    git(root, 'init', '-q', '--bare', '-b', 'main', path);
    await mkdir(join(path, 'refs/heads'), { recursive: true });
    if (!isEmpty) await writeFile(join(path, 'refs/heads/main'), `${'a'.repeat(40)}\n`);
    await register(slug, { alpha: path });
  };

  it('are no unreadable checkouts: a worker reads the commit; one without its branch is a warning of its own', async () => {
    await bare('full');
    await bare('empty', true);
    const lines = await runChecks();
    expect(lines['checkouts']).toMatchObject({ found: expect.stringMatching(/^1 of 2 exist/) });
    expect(lines['missing branches']).toMatchObject({
      state: 'warning',
      found: '1: empty (the branch main has no commit).',
      remedy: expect.stringContaining('--branch NAME'),
    });
    expect(Object.keys(lines)).not.toContain('unreadable checkouts');
    expect(lines['git']).toMatchObject({ state: 'ok', found: 'git version 2.47.1' });
  });

  it('when a mirror is not there yet, then it is no absent checkout; without git nothing can be judged', async () => {
    await register('mirrored', { alpha: join(root, 'none.git') });
    await sql`insert into doi_source (repo_id, mirror_host) select id, 'alpha' from managed_repos`;
    gitVersion = undefined;
    const lines = await runChecks();
    gitVersion = 'git version 2.47.1';
    expect(Object.keys(lines)).not.toContain('absent checkouts');
    expect(lines['git']).toMatchObject({
      state: 'problem',
      remedy: expect.stringContaining('Install git 2.36'),
    });
  });

  it('are the only ones that need git', async () => {
    await register('plain', { alpha: await checkout('plain') });
    expect(Object.keys(await runChecks())).not.toContain('git');
  });

  it.each([
    ['git version 2.36.0', 'ok'],
    ['git version 3.0.1 (Apple Git-1)', 'ok'],
    ['git version 2.35.9', 'problem'],
    ['git version 1.99', 'problem'],
    ['nonsense', 'problem'],
  ])('when git says %s, then that is: %s', (version, state) => {
    expect(judgeGit(version)).toMatchObject({ state });
  });
});

it('when repositories share a remote, or a checkout has another than the registry, then they are warnings', async () => {
  const remotes = {
    one: 'git@h.example:acme/w',
    two: 'https://h.example/Acme/w.git',
    odd: 'git@h.example:acme/odd',
  };
  for (const [slug, remote] of Object.entries(remotes)) {
    const path = await checkout(slug);
    await writeFile(join(path, '.git/HEAD'), 'ref: refs/heads/main\n');
    await writeFile(join(path, '.git/config'), `[remote "origin"]\nurl = ${remote}\n`);
    await register(slug, { alpha: path });
    await sql`update managed_repos set remote_url = ${remote} where slug = ${slug}`;
  }
  await register('without', { alpha: await checkout('without') });
  await sql`update managed_repos set remote_url = 'https://h.example/acme/third' where slug = 'without'`;
  const lines = await runChecks();
  expect(lines['shared remotes']).toMatchObject({
    state: 'warning',
    found: '1 remote of several repositories: h.example/acme/w (one, two).',
    remedy: expect.stringContaining('doi unregister'),
  });
  expect(Object.keys(lines)).not.toContain('other remotes');
  await sql`update managed_repos set remote_url = 'https://me:s3cret@h.example/acme/else' where slug = 'odd'`;
  await sql`update managed_repos set remote_url = null where slug = 'two'`;
  const changed = await runChecks();
  expect(Object.keys(changed)).not.toContain('shared remotes');
  const { state, found = '', remedy } = changed['other remotes'] ?? {};
  expect(state).toBe('warning');
  expect(found).toMatch(/^2, so pushes/);
  expect(found).toContain(`odd at ${join(root, 'odd')} has h.example/acme/odd, but another`);
  expect(found).toContain(`two at ${join(root, 'two')} has h.example/acme/w, but none`);
  expect(found).not.toContain('s3cret');
  expect(remedy).toContain('doi register');
  const headless: Pick<CheckoutProber, 'probe'> = {
    probe: async (...asked) =>
      new Map([...(await prober.probe(...asked))].map(([id, one]) => [id, { ...one, head: null }])),
  };
  const silent = await linesOf((report) =>
    examineRepositories({ sql, prober: headless, host: 'alpha', readGit }, report).then(() => undefined),
  );
  expect(Object.keys(silent), 'where no head answered, reading on could hang').not.toContain('other remotes');
});

it('when a mirror has no host any more, then the remedy names how to move it', async () => {
  await register('mirrored', { gone: '/mirrors/1.git' });
  expect((await runChecks())['unknown hosts']?.remedy).not.toContain('--move-to');
  await sql`insert into doi_source (repo_id, mirror_host) select id, 'gone' from managed_repos`;
  expect((await runChecks())['unknown hosts']?.remedy).toContain('"doi host forget HOST --move-to OTHER"');
});

it('a repository with paths only on hosts that never ran a worker is a warning that names them', async () => {
  await register('a', { alpha: await checkout('a') });
  for (const slug of ['b', 'c']) await register(slug, { gamma: '/srv/x' });
  await register('d', { gamma: '/srv/x', delta: '/srv/x' });
  await register('e', { gamma: '/srv/x', alpha: await checkout('a') });
  expect((await runChecks())['unknown hosts']).toMatchObject({
    state: 'warning',
    found: expect.stringContaining('gamma (2 repositories), delta or gamma (1 repository)'),
  });
  await announceHost(sql, { host: 'gamma', version: '1.0.0', capacity: 1, isolation: 'namespaces' });
  expect(Object.keys(await runChecks())).not.toContain('unknown hosts');
});

it('evaluations that failed are counted by their codes', async () => {
  await register('a', { alpha: await checkout('a') });
  expect((await runChecks())['failures']).toMatchObject({ state: 'ok' });
  await sql`
    insert into doi_failure (repo_id, observation, code, message, remedy, attempts, since, last_at)
    select id, 1, 'file_unreadable', 'x', 'y', 1, now(), now() from managed_repos`;
  expect((await runChecks())['failures']).toMatchObject({
    state: 'warning',
    found: 'Broken at the last attempt: 1 repository (file_unreadable 1).',
  });
});

describe('the hosts that evaluate', () => {
  const hosts = () =>
    linesOf((report) => examineHosts({ sql, clock: systemClock, observedLimitMs: 60_000 }, report));
  const heartbeat = async (host: string, version = '1.0.0') =>
    writeHeartbeat(sql, {
      host,
      version,
      capacity: 1,
      isolation: 'namespaces' as const,
      passBeganAt: await readDatabaseTime(sql),
    });

  it('are a warning where there are none', async () => {
    expect((await hosts())['workers']).toMatchObject({ state: 'warning', found: 'No worker has ever run.' });
  });

  it('are ok while they are alive, and a warning when a repository waits for a silent one', async () => {
    await heartbeat('alpha');
    expect(await hosts()).toMatchObject({
      workers: { state: 'ok', found: expect.stringContaining('alpha (1.0.0') },
    });
    await register('a', { alpha: await checkout('a') });
    await sql`
      insert into doi_observation (repo_id, host, since, seen_at, recorded_at)
      select id, 'alpha', now(), now(), now() from managed_repos`;
    await sql`update doi_host set heartbeat = now() - interval '61 seconds'`;
    expect((await hosts())['silent host']).toMatchObject({
      state: 'warning',
      found: expect.stringMatching(/^alpha has had no heartbeat since .*60 s\); 1 repository waits for it/),
    });
    await rm(join(root, 'a'), { recursive: true });
    await sql`delete from doi_observation`;
    // No repository waits for the host any more, but it stays silent: the remedy names the command that removes it.
    await sql`update doi_host set heartbeat = now() - interval '25 hours'`;
    expect(await hosts()).toMatchObject({
      workers: { found: 'No worker is alive.' },
      'silent host': { state: 'warning', remedy: expect.stringContaining('"doi host forget alpha"') },
    });
  });

  it('are a problem when one is silent for more than a day, or is not known', async () => {
    await heartbeat('alpha');
    await register('a', { alpha: await checkout('a') });
    await sql`
      insert into doi_observation (repo_id, host, since, seen_at, recorded_at)
      select id, 'alpha', now(), now(), now() from managed_repos`;
    await sql`update doi_host set heartbeat = now() - interval '23 hours'`;
    expect((await hosts())['silent host']).toMatchObject({ state: 'warning' });
    await sql`update doi_host set heartbeat = now() - interval '25 hours'`;
    expect((await hosts())['silent host']).toMatchObject({
      state: 'problem',
      found: expect.stringContaining('1 repository waits for it'),
      remedy: expect.stringContaining('"doi host forget alpha"'),
    });
    await sql`delete from doi_host`;
    expect((await hosts())['silent host']).toMatchObject({
      state: 'problem',
      found: expect.stringMatching(/^alpha is not a known host .* 1 repository waits for it/),
      remedy: expect.stringContaining('"doi host forget alpha"'),
    });
  });

  it('of different builds of one release are a warning that distinguishes them', async () => {
    for (const host of ['alpha', 'beta']) await heartbeat(host);
    await sql`update doi_host set machine = 'm', build = '2026-03-20T10:42:07.123Z#' || host`;
    expect(await hosts()).toMatchObject({
      workers: { found: expect.stringContaining('alpha (1.0.0, criteria alpha, on m, 0 repositories') },
      releases: {
        found: 'Hosts run different releases: 1.0.0, criteria alpha on alpha; 1.0.0, criteria beta on beta.',
      },
    });
  });

  it('that are alive but take nothing from their queue are a problem', async () => {
    await heartbeat('alpha');
    await register('a', { alpha: await checkout('a') });
    await sql`
      insert into doi_observation (repo_id, host, since, seen_at, recorded_at)
      select id, 'alpha', now(), now(), now() from managed_repos`;
    const [repo] = await sql<{ id: string }[]>`select id from managed_repos`;
    await addRequests(sql, [plainRequest(repo?.id ?? '')]);
    await sql`update doi_request set requested_at = now() - interval '9 minutes'`;
    expect(Object.keys(await hosts())).not.toContain('queue');
    await sql`update doi_request set requested_at = now() - interval '11 minutes'`;
    expect((await hosts())['queue']).toMatchObject({
      state: 'problem',
      found: expect.stringMatching(
        /^alpha is alive and has evaluated nothing for 10 min, while 1 repository waits/,
      ),
    });
  });

  it('with a host problem are a problem, with what it is and what to do', async () => {
    await heartbeat('alpha');
    const trouble = { code: 'checker_broken', message: 'It broke.', remedy: 'Repair it.', agoMs: 0 };
    await recordHostProblem(sql, { host: 'alpha', worker: 'w', silentMs: 60_000, problem: trouble });
    expect((await hosts())['trouble']).toMatchObject({
      state: 'problem',
      found: expect.stringMatching(/^alpha has a problem since .*\(checker_broken\): It broke\.$/),
      remedy: 'Repair it.',
    });
  });

  it('of different releases are a warning', async () => {
    await heartbeat('alpha', '1.0.0');
    await heartbeat('beta', '1.1.0');
    expect((await hosts())['releases']).toMatchObject({
      state: 'warning',
      found: 'Hosts run different releases: 1.0.0 on alpha; 1.1.0 on beta.',
    });
    await heartbeat('alpha', '1.1.0');
    expect(Object.keys(await hosts())).not.toContain('releases');
  });
});
