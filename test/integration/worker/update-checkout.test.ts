import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import pLimit from 'p-limit';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { NO_ISOLATION } from '../../../src/checker/isolation.js';
import { runUpdate } from '../../../src/checker/run-update.js';
import { DoiError } from '../../../src/domain/errors.js';
import { PRIORITY } from '../../../src/domain/request.js';
import { KeyedMutex } from '../../../src/platform/process/keyed-mutex.js';
import { watchOnce } from '../../../src/producer/watch.js';
import { addPushes } from '../../../src/store/pushes.js';
import { addRequests } from '../../../src/store/requests/add-requests.js';
import { handleJob } from '../../../src/worker/handle-job.js';
import { clone, commit, git, makeRemote, push } from '../../helpers/git-repository.js';
import { openWorld, type World } from '../../helpers/world.js';
import { makeDue, plainRequest, readRequest } from '../store/rows.js';

const PULL = ['git', '-c', 'core.hooksPath=/dev/null', '-C', '{path}', 'pull', '--ff-only'];

let world: World;
let count = 0;
let slug: string;
let repoId: string;
let author: string;
/** The checkouts for which an update was begun. */
let updates: string[];
beforeAll(async () => {
  world = await openWorld('update');
});
beforeEach(async () => {
  count += 1;
  slug = `repo-${count}`;
  const made = makeRemote(`${world.folder}/remote-${count}`);
  author = made.author;
  commit(author, 'SCOPE.md', '# Scope\n');
  push(author);
  clone(made.remote, world.path(slug));
  repoId = await world.add(slug);
  updates = [];
  useCommand(PULL);
  expect(await world.evaluate(slug)).toMatchObject({ end: 'written' });
});
afterAll(() => world.close());

function useCommand(argv: readonly string[] | undefined, timeoutMs = 20_000): void {
  const environment = { ...process.env, HOME: world.folder };
  const isolation = NO_ISOLATION;
  const limit = pLimit(2);
  const run: NonNullable<World['deps']['update']>['run'] = async (checkout, signal) => {
    updates.push(checkout.slug);
    await runUpdate({ argv: argv ?? [], ...checkout, timeoutMs, limit, isolation, environment, signal });
  };
  world.deps = { ...world.deps, update: argv === undefined ? undefined : { run, turns: new KeyedMutex() } };
}

/** A command that runs a shell script of the test's own. */
const script = (text: string, timeoutMs?: number) =>
  useCommand(['/bin/sh', '-c', text, 'sh', '{path}'], timeoutMs);
const shellPull = 'cd "$1" && git pull -q --ff-only';

/** The author pushes a commit, and a webhook reports it. */
async function pushCommit(file = 'SCOPE.md', text = `# Scope ${Math.random()}\n`): Promise<string> {
  const head = commit(author, file, text);
  push(author);
  await reportPush(head);
  return head;
}

const reportPush = (head: string, repoIds = [repoId]) =>
  addPushes(world.sql, [{ repoIds, branch: 'main', head, reason: 'pushed' }]);
const handling = (id = repoId, signal = new AbortController().signal) => handleJob(world.deps, id, signal);
const handle = async (id = repoId) => (await handling(id)).outcome;
const scopeOf = (name = slug) => readFileSync(world.path(name, 'SCOPE.md'), 'utf8');
const scope = async () => (await world.read(slug)).criteria.find(({ id }) => id === 'C5');
const GOOD = '# Scope\n\n## One-liner\n\nSomething that is useful.\n';
/** Makes what is pushed and what is committed here two histories, which no fast-forward joins. */
const diverge = () => commit(world.path(slug), 'own.md');

describe('a checkout that is behind a push', () => {
  it('is updated first, and then the worker judges what was pushed', async () => {
    const before = await scope();
    const head = await pushCommit('SCOPE.md', GOOD);
    expect((await world.read(slug)).checkout).toMatchObject({
      behind: true,
      pushed_head: head,
      updated_at: null,
    });
    expect(await handling()).toMatchObject({ update: { state: 'updated' }, outcome: { end: 'written' } });
    expect(scopeOf()).toBe(GOOD);
    expect(await scope()).not.toEqual(before);
    const { checkout, evaluation, failure, stale } = await world.read(slug);
    expect(checkout).toMatchObject({ behind: false, head, updated_at: expect.any(String) });
    expect({ failure, stale, updated: evaluation?.updated }).toEqual({
      failure: null,
      stale: false,
      updated: true,
    });
  });

  it('is updated once for each push', async () => {
    await pushCommit();
    await handle();
    git(world.path(slug), 'reset', '-q', '--hard', 'HEAD~1');
    await world.evaluate(slug, { forced: true });
    expect(updates).toEqual([slug]);
    expect((await world.read(slug)).evaluation?.updated).toBe(false);
    await pushCommit();
    await handle();
    expect(updates).toEqual([slug, slug]);
  });

  it('when the push changed no input, then its request is completed without an evaluation', async () => {
    await pushCommit('other.md');
    expect(await handling()).toMatchObject({ update: { state: 'updated' }, outcome: { end: 'fresh' } });
    expect(await readRequest(world.sql, repoId)).toBeUndefined();
  });

  it('stays as it is where no command is set', async () => {
    useCommand(undefined);
    const before = scopeOf();
    await pushCommit();
    expect(await handling()).toMatchObject({ update: { state: 'none' }, outcome: { end: 'fresh' } });
    expect(scopeOf()).toBe(before);
    expect((await world.read(slug)).checkout).toMatchObject({ behind: true, updated_at: null });
  });

  it('counts as updated for the push before the update, and not for one that came meanwhile', async () => {
    await pushCommit();
    const newer = 'f'.repeat(40);
    const { update } = world.deps;
    const run: NonNullable<typeof update>['run'] = async (checkout, signal) => {
      await update?.run(checkout, signal);
      await reportPush(newer);
    };
    world.deps = { ...world.deps, update: { run, turns: new KeyedMutex() } };
    await handle();
    expect((await world.read(slug)).checkout).toMatchObject({
      pushed_head: newer,
      updated_at: null,
      behind: true,
    });
  });
});

describe('a checkout that is not behind', () => {
  it.each(['is ahead', 'is on another branch', 'is on no branch', 'has no log'])(
    'and %s is not updated',
    async (how) => {
      const path = world.path(slug);
      if (how === 'is ahead') {
        git(path, 'fetch', '-q');
        await reportPush(git(path, 'rev-parse', 'HEAD'));
        commit(path, 'own.md');
      } else {
        await pushCommit();
      }
      if (how === 'is on another branch') git(path, 'checkout', '-q', '-b', 'topic');
      if (how === 'is on no branch') git(path, 'checkout', '-q', '--detach');
      if (how === 'has no log') writeFileSync(world.path(slug, '.git/logs/HEAD'), '');
      expect(await handling()).toMatchObject({ update: { state: 'none' } });
      expect(updates).toEqual([]);
    },
  );
});

describe('an update that fails', () => {
  it('does not stop the worker from judging the repository, and is recorded beside the row', async () => {
    diverge();
    await pushCommit();
    await world.write(slug, 'SCOPE.md', GOOD);
    expect(await handling()).toMatchObject({ update: { state: 'failed' }, outcome: { end: 'written' } });
    expect((await scope())?.detail).not.toContain('One-liner');
    const { failure, refresh, stale, checkout } = await world.read(slug);
    expect(failure).toMatchObject({ code: 'update_failed', attempts: 1 });
    expect(failure?.message).toMatch(
      /It exited with code \d+ after [\d.]+ m?s\.[\s\S]*Not possible to fast-forward/,
    );
    expect({ stale, state: refresh?.state, behind: checkout?.behind }).toEqual({
      stale: false,
      state: 'waiting',
      behind: true,
    });
  });

  it('is recorded even if nothing else changed', async () => {
    diverge();
    await pushCommit();
    await handle();
    expect((await world.read(slug)).failure).toMatchObject({ code: 'update_failed' });
  });

  it('does not make the worker judge everything again, when a forced request has done that', async () => {
    diverge();
    await pushCommit();
    for (const [priority, state] of [
      [PRIORITY.push, 'failed'],
      [PRIORITY.nightly, 'waits'],
    ] as const) {
      await addRequests(world.sql, [plainRequest(repoId, { priority, forced: true })]);
      expect(await handling()).toMatchObject({ update: { state }, outcome: { end: 'written', kept: 0 } });
      expect((await readRequest(world.sql, repoId))?.forced, state).toBe(false);
    }
  });

  it('stays recorded until its time, while the worker judges edits', async () => {
    diverge();
    await pushCommit();
    await handle();
    const { failure: first } = await world.read(slug);
    await world.write(slug, 'SCOPE.md', GOOD);
    await watchOnce({ ...world.deps, wake: async () => {}, capacity: 1, isolation: 'none' } as never);
    expect(await handling()).toMatchObject({ update: { state: 'waits' }, outcome: { end: 'written' } });
    expect(updates).toEqual([slug]);
    expect((await scope())?.detail).not.toContain('One-liner');
    const after = await world.read(slug);
    expect(after.failure).toEqual(first);
    expect(after).toMatchObject({ stale: false, refresh: { state: 'waiting' } });
    await reportPush((await world.read(slug)).checkout?.pushed_head ?? '');
    expect(await handle()).toMatchObject({ end: 'waiting' });
    expect(updates).toEqual([slug]);
  });

  it('when its time comes, then the worker retries it, after ever longer pauses, until it works', async () => {
    diverge();
    await pushCommit();
    await handle();
    await makeDue(world.sql, repoId);
    await handle();
    expect((await world.read(slug)).failure).toMatchObject({ code: 'update_failed', attempts: 2 });
    git(world.path(slug), 'reset', '-q', '--hard', 'HEAD~1');
    await makeDue(world.sql, repoId);
    expect(await handling()).toMatchObject({ update: { state: 'updated' } });
    expect(await world.read(slug)).toMatchObject({
      failure: null,
      refresh: null,
      checkout: { behind: false },
    });
    expect(updates).toHaveLength(3);
  });

  it('when another push comes or a person requests it, then the worker retries it', async () => {
    diverge();
    await pushCommit();
    await handle();
    await pushCommit();
    await handle();
    expect(updates).toHaveLength(2);
    expect(await world.evaluate(slug)).toMatchObject({ end: 'written' });
    expect(updates).toHaveLength(3);
    expect((await world.read(slug)).failure).toMatchObject({ code: 'update_failed', attempts: 3 });
  });

  it('ends when a person has pulled the checkout', async () => {
    diverge();
    await pushCommit();
    await handle();
    git(world.path(slug), 'pull', '-q', '--rebase');
    await makeDue(world.sql, repoId);
    await handle();
    expect(updates).toEqual([slug]);
    expect(await world.read(slug)).toMatchObject({ failure: null, refresh: null });
  });

  it('does not stop the worker from judging again what reaches its age limit', async () => {
    diverge();
    await pushCommit();
    await handle();
    const isSoon = async () => {
      const [row] = await world.sql<{ soon: boolean }[]>`
        select not_before < clock_timestamp() + interval '3 hours' as soon from doi_request where repo_id = ${repoId}`;
      return row?.soon;
    };
    await world.sql`update doi_failure set retry_at = clock_timestamp() + interval '1 day' where repo_id = ${repoId}`;
    await world.sql`update doi_request set not_before = null where repo_id = ${repoId}`;
    expect(await handle()).toMatchObject({ end: 'waiting' });
    expect(await isSoon()).toBe(true);
    await world.sql`update doi_request set not_before = null where repo_id = ${repoId}`;
    await world.write(slug, 'SCOPE.md', GOOD);
    expect(await handle()).toMatchObject({ end: 'written' });
    expect(await isSoon()).toBe(true);
    expect(updates).toHaveLength(1);
  });

  it('gives way to the failure of the checker, and the worker retries both together', async () => {
    diverge();
    await pushCommit();
    const { check } = world.deps;
    const broken = new DoiError('checker_crashed', 'It broke.', 'Repair it.');
    world.deps = { ...world.deps, check: () => Promise.reject(broken) };
    try {
      await world.write(slug, 'workplans/README.md', 'Plans.\n');
      expect(await handle()).toMatchObject({ end: 'failed' });
      expect((await world.read(slug)).failure).toMatchObject({ code: 'checker_crashed' });
      await reportPush((await world.read(slug)).checkout?.pushed_head ?? '');
      expect(await handle()).toMatchObject({ end: 'waiting' });
      expect(updates).toHaveLength(1);
    } finally {
      world.deps = { ...world.deps, check };
    }
    await makeDue(world.sql, repoId);
    await handle();
    expect((await world.read(slug)).failure).toMatchObject({ code: 'update_failed', attempts: 2 });
    expect(updates).toHaveLength(2);
  });

  it('that hangs ends within its limit, with all that it started', async () => {
    const file = `${world.folder}/pid-${count}`;
    script(`trap '' TERM; sleep 600 & echo $! > '${file}'; sleep 600`, 300);
    await pushCommit();
    const began = performance.now();
    await handle();
    expect(performance.now() - began).toBeLessThan(15_000);
    expect((await world.read(slug)).failure?.message).toMatch(
      /It did not end within 0\.3 s; it was ended by SIGKILL after [\d.]+ s\./,
    );
    const pid = Number(readFileSync(file, 'utf8'));
    expect(pid).toBeGreaterThan(1);
    // Ended, or ended and not collected by its new parent yet.
    const isAlive = () =>
      existsSync(`/proc/${pid}`) && !readFileSync(`/proc/${pid}/status`, 'utf8').includes('Z (zombie)');
    await expect.poll(isAlive, { timeout: 5000 }).toBe(false);
  });

  it('that floods is ended', async () => {
    script('yes');
    await pushCommit();
    await handle();
    expect((await world.read(slug)).failure?.message).toMatch(
      /It printed more than 8 MiB on standard output; it was ended by SIGTERM after .* Standard output, cut: y/,
    );
  });

  it('that is missing is a failure of the update alone', async () => {
    useCommand(['no-such-program', '{path}']);
    await pushCommit();
    expect(await handle()).toMatchObject({ end: 'written' });
    expect((await world.read(slug)).failure).toMatchObject({
      code: 'update_failed',
      message: expect.stringContaining('no-such-program that DOI_UPDATE_COMMAND names is not there'),
    });
  });

  it('shows no credentials of what it printed', async () => {
    const url = 'https://bot:s3cr3t-token@example.org/x.git?private_token=s3cr3t-other&x=1';
    const long = 'x'.repeat(293);
    script(`echo "fatal: ${url}"; echo "${long} ${url} ${'y'.repeat(280)}" >&2; exit 1`);
    await pushCommit();
    await handle();
    const report = JSON.stringify(await world.read(slug));
    expect(report).toContain('https://***@example.org/x.git?private_token=***&x=1');
    expect(report).not.toMatch(/s3cr3t|cr3t-token|t-other/);
    const rows = await world.sql`select message from doi_failure`;
    expect(JSON.stringify(rows)).not.toContain('s3cr3t');
  });
});

describe('an update', () => {
  it('when the worker stops during it, then its job goes back to the queue', async () => {
    script('sleep 600');
    await pushCommit();
    const stop = new AbortController();
    const ending = handling(repoId, stop.signal);
    await expect.poll(() => updates).toHaveLength(1);
    stop.abort();
    expect((await ending).outcome).toEqual({ end: 'put-back' });
    expect(await readRequest(world.sql, repoId)).toMatchObject({ started: false, starts: 0 });
    expect((await world.read(slug)).failure).toBeNull();
  });

  it('runs once for two repositories with one checkout, never twice at a time', async () => {
    const log = `${world.folder}/turns-${count}`;
    script(`echo in >> '${log}'; sleep 0.3; ${shellPull}; echo out >> '${log}'`);
    const twin = await world.add(`${slug}-twin`);
    await world.sql`
      update managed_repos set host_paths = ${world.sql.json({ here: `${world.folder}/../${world.folder.split('/').at(-1)}/${slug}` })}
      where id = ${twin}`;
    const head = commit(author, 'SCOPE.md', GOOD);
    push(author);
    await reportPush(head, [repoId, twin]);
    const ends = await Promise.all([handling(), handling(twin)]);
    expect(ends.map(({ update }) => update.state)).toEqual(['updated', 'updated']);
    expect(readFileSync(log, 'utf8')).toBe('in\nout\n');
  });

  it('of one checkout does not wait for that of another', async () => {
    const other = `${slug}-other`;
    clone(git(author, 'remote', 'get-url', 'origin'), world.path(other));
    const otherId = await world.add(other);
    await world.evaluate(other);
    const meeting = `${world.folder}/meeting-${count}`;
    const wait = `touch "${meeting}-$(basename "$1")"; until [ $(ls '${world.folder}' | grep -c 'meeting-${count}-') = 2 ]; do sleep 0.05; done`;
    script(`${wait}; ${shellPull}`, 10_000);
    const head = commit(author, 'SCOPE.md', GOOD);
    push(author);
    await reportPush(head, [repoId, otherId]);
    const ends = await Promise.all([handling(), handling(otherId)]);
    expect(ends.map(({ update }) => update.state)).toEqual(['updated', 'updated']);
  });

  it('does not run for a repository that ended its worker three times', async () => {
    await pushCommit();
    await world.sql`update doi_request set starts = 3 where repo_id = ${repoId}`;
    expect(await handle()).toMatchObject({ end: 'failed', error: { code: 'worker_killed' } });
    expect(updates).toEqual([]);
  });

  it('is started outside of the checkout, with no setting of the worker', async () => {
    const seen = `${world.folder}/seen-${count}`;
    script(`pwd > '${seen}'; env >> '${seen}'; ${shellPull}`);
    await pushCommit();
    await handle();
    const text = readFileSync(seen, 'utf8');
    expect(text.split('\n')[0]).toBe(process.cwd());
    expect(text).not.toMatch(/DATABASE_URL|REDIS_URL|DOI_/);
  });
});
