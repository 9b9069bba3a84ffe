import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { checkCanary } from '../../../src/checker/canary.js';
import { CheckerBreaker } from '../../../src/checker/checker-breaker.js';
import { MAX_STARTS } from '../../../src/domain/request.js';
import { probeChecker } from '../../../src/inputs/probe/checker-version.js';
import { openLog } from '../../../src/platform/log.js';
import { watchOnce } from '../../../src/producer/watch.js';
import { readHosts } from '../../../src/store/hosts/read-hosts.js';
import { addRequests } from '../../../src/store/requests/add-requests.js';
import { startRequest } from '../../../src/store/requests/start-requests.js';
import { handleJob, type Outcome } from '../../../src/worker/handle-job.js';
import { HostProblemReporter } from '../../../src/worker/host-problem-reporter.js';
import { openWorld, type World } from '../../helpers/world.js';
import { dumpRepository, makeDue, plainRequest, readRequest } from '../store/rows.js';
import { type CheckerFixture, makeChecker } from './checker-fixture.js';

const FILES = { 'SCOPE.md': '# Scope\n', 'workplans/README.md': 'Plans.\n' };

let world: World;
let checker: CheckerFixture;
let board: HostProblemReporter;
let count = 0;
let said: string[];

beforeAll(async () => {
  world = await openWorld('quarantine');
  checker = await makeChecker(`${world.folder}/checker.mjs`);
});
beforeEach(async () => {
  await checker.works();
  await world.sql`delete from managed_repos`;
  count += 1;
  said = [];
  const { sql, clock, host, searchPath } = world.deps;
  board = new HostProblemReporter({ sql, clock, log: openLog('test', 'silent'), host, silentMs: 60_000 });
  const check = world.deps.check;
  const breaker = new CheckerBreaker({
    check,
    probe: () => probeChecker(checker.settings, searchPath).version,
    canary: checkCanary,
    clock,
    signal: new AbortController().signal,
    onBroken: (error) => {
      said.push(error.code);
      board.begin('checker', error);
    },
    onRecovered: () => {
      said.push('repaired');
      board.end('checker');
    },
  });
  world.deps = { ...world.deps, checker: checker.settings, check: breaker.check };
  return async () => {
    world.deps = { ...world.deps, check };
    await board.close();
  };
});
afterAll(() => world.close());

async function addAll(
  prefix: string,
  many: number,
  files: Record<string, string> = FILES,
): Promise<string[]> {
  const slugs = Array.from({ length: many }, (_, index) => `${prefix}-${count}-${index}`);
  for (const slug of slugs) await world.add(slug, files);
  return slugs;
}

/** One pass of the watch, and all that it wakes, one after the other; how each ended, by slug. */
async function pass(): Promise<Record<string, Outcome>> {
  const woken: string[] = [];
  const wake = async (wakes: readonly { repoId: string }[]) => {
    woken.push(...wakes.map(({ repoId }) => repoId));
  };
  await watchOnce({ ...world.deps, capacity: 1, wake });
  const ends: Record<string, Outcome> = {};
  for (const repoId of woken) {
    const { slug, outcome } = await handleJob(world.deps, repoId, new AbortController().signal);
    ends[slug ?? repoId] = outcome;
  }
  await board.record();
  return ends;
}

const handle = async (slug: string): Promise<Outcome> =>
  (await handleJob(world.deps, await world.id(slug), new AbortController().signal)).outcome;
const endsOf = (outcomes: Record<string, Outcome>) => Object.values(outcomes).map(({ end }) => end);
const readAll = (slugs: readonly string[]) => Promise.all(slugs.map((slug) => world.read(slug)));
const request = async (slug: string) => readRequest(world.sql, await world.id(slug));
const failures = async (slug: string) =>
  (await dumpRepository(world.sql, await world.id(slug)))['doi_failure'];
const problems = async () => (await readHosts(world.deps)).flatMap(({ trouble }) => trouble ?? []);
const verdict = (answer: Awaited<ReturnType<World['read']>> | undefined, id: string) =>
  answer?.criteria.find((one) => one.id === id);

describe('a checker that is broken for every repository', () => {
  it('is one host problem: five failures, no more runs, everything else judged, and fresh when it is repaired', async () => {
    const slugs = await addAll('all', 8);
    expect(endsOf(await pass())).toEqual(slugs.map(() => 'written'));
    const before = await readAll(slugs);

    await checker.crashes();
    for (const slug of slugs) await world.write(slug, 'SCOPE.md', '# Scope\n\n## One-liner\nEdited.\n');
    const [fresh = ''] = await addAll('new', 1);
    const checks = world.checks;
    const outcomes = await pass();
    expect(world.checks, 'five, and the canary').toBe(checks + 6);
    const failed = Object.keys(outcomes).filter((slug) => outcomes[slug]?.end === 'failed');
    const deferred = Object.keys(outcomes).filter((slug) => outcomes[slug]?.end === 'put-off');
    expect([failed.length, deferred.length]).toEqual([5, 4]);

    const after = await readAll(slugs);
    for (const [index, answer] of after.entries()) {
      expect(verdict(answer, 'C5')).not.toEqual(verdict(before[index], 'C5'));
      for (const id of ['C7', 'C13']) expect(verdict(answer, id)).toEqual(verdict(before[index], id));
      expect(answer.stale_reasons.map(({ input }) => input)).toEqual(['checker']);
      expect(answer.host_trouble).toMatchObject({ host: 'here', code: 'checker_broken' });
      const isFailed = failed.includes(answer.repo_slug);
      expect(answer.failure?.code).toBe(isFailed ? 'checker_crashed' : undefined);
      expect(answer.refresh).toMatchObject({ state: 'waiting' });
    }
    for (const slug of deferred) {
      expect(await failures(slug)).toEqual([]);
      const { started, starts, delay } = (await request(slug)) ?? {};
      expect({ started, starts }).toEqual({ started: false, starts: 0 });
      expect(delay).toBeGreaterThan(270);
      expect(delay).toBeLessThanOrEqual(330);
    }
    expect(said).toEqual(['checker_broken']);
    expect(await problems()).toMatchObject([{ code: 'checker_broken' }]);

    await checker.works('repaired');
    expect(endsOf(await pass())).toEqual([...slugs, fresh].map(() => 'written'));
    for (const answer of await readAll([...slugs, fresh])) {
      expect(answer).toMatchObject({ stale: false, failure: null, refresh: null, host_trouble: null });
    }
    expect(await problems()).toEqual([]);
    expect(said).toEqual(['checker_broken', 'repaired']);
  });

  it('when requests are deferred, then the worker waits for their time, but not for the request of a person', async () => {
    await addAll('alone', 6);
    await pass();
    await checker.crashes();
    const outcomes = await pass();
    const [deferred = ''] = Object.keys(outcomes).filter((slug) => outcomes[slug]?.end === 'put-off');
    const checks = world.checks;
    expect(await pass()).not.toHaveProperty([deferred]);
    expect(await world.evaluate(deferred)).toMatchObject({ end: 'put-off' });
    expect(await request(deferred)).toMatchObject({ starts: 0, priority: 5, delay: expect.any(Number) });
    expect(await failures(deferred)).toEqual([]);
    expect(await pass(), 'what the request of the person had not probed is probed now').not.toHaveProperty([
      deferred,
    ]);
    expect(world.checks).toBe(checks);
  });

  it('writes no row for the checker alone, and judges each edit', async () => {
    await addAll('alone', 6);
    await pass();
    await checker.crashes();
    const outcomes = await pass();
    const [deferred = ''] = Object.keys(outcomes).filter((slug) => outcomes[slug]?.end === 'put-off');
    const before = await world.read(deferred);
    expect(before.evaluation?.ran).toHaveLength(14);
    expect(before.stale_reasons.map(({ input }) => input)).toEqual(['checker']);
    await makeDue(world.sql, await world.id(deferred));
    expect(await handle(deferred)).toMatchObject({ end: 'put-off' });
    const { checked_at: at, evaluation } = await world.read(deferred);
    expect({ at, evaluation }).toEqual({ at: before.checked_at, evaluation: before.evaluation });
    await world.write(deferred, 'SCOPE.md', '# Scope\n\nEdited.\n');
    expect(await pass()).toMatchObject({ [deferred]: { end: 'put-off' } });
    expect((await world.read(deferred)).evaluation?.ran).toEqual(['C5', 'C11']);
  });

  it('keeps the failures that were recorded', async () => {
    await addAll('stand', 6);
    await pass();
    await checker.crashes();
    const outcomes = await pass();
    const [failed = ''] = Object.keys(outcomes).filter((slug) => outcomes[slug]?.end === 'failed');
    const { failure } = await world.read(failed);
    await world.write(failed, 'SCOPE.md', '# Scope\n\nEdited.\n');
    expect(await pass()).toMatchObject({ [failed]: { end: 'put-off' } });
    expect(await world.read(failed)).toMatchObject({ failure: { attempts: 1, ...failure } });
  });

  it('does not bring back a failure that a newer evaluation had overtaken', async () => {
    const [slug = ''] = await addAll('void', 1);
    await addAll('others', 5);
    await pass();
    await world.sql`
      insert into doi_failure (repo_id, observation, code, message, remedy, attempts, since, last_at)
      values (${await world.id(slug)}, 0, 'checker_crashed', 'Old.', 'None.', 1, now(), now())`;
    await checker.crashes();
    for (let n = 0; n < 5; n += 1) await world.evaluate(`others-${count}-${n}`);
    expect(await world.evaluate(slug)).toMatchObject({ end: 'put-off' });
    expect(await world.read(slug)).toMatchObject({ failure: null });
  });
});

describe('five repositories that break the checker', () => {
  it('do not keep the others from being judged, and are no host problem', async () => {
    await checker.crashesOn('hostile');
    const hostile = await addAll('hostile', 5, { ...FILES, hostile: '' });
    const good = await addAll('good', 5);
    for (const slug of hostile) {
      expect(await world.evaluate(slug)).toMatchObject({ end: 'failed', error: { code: 'checker_crashed' } });
    }
    for (const slug of good) expect(await world.evaluate(slug)).toMatchObject({ end: 'written' });
    for (const answer of await readAll(good)) expect(answer).toMatchObject({ stale: false, failure: null });
    for (const answer of await readAll(hostile)) {
      expect(answer).toMatchObject({ failure: { code: 'checker_crashed' }, host_trouble: null });
    }
    await board.record();
    expect(await problems()).toEqual([]);
    expect(said).toEqual([]);
  });
});

describe('a repository that fails several times in a row', () => {
  // Spread by a fifth, the longest is an hour.
  const WANTED = [5, 30, 300, 1800, 3000, 3000];

  /** Lets a repository fail and fail again; between the tries another one is edited and judged. */
  async function expectEverMoreRarely(
    slug: string,
    code: string,
    fail: () => Promise<Outcome>,
  ): Promise<void> {
    const [other = ''] = await addAll('other', 1);
    await addRequests(world.sql, [plainRequest(await world.id(slug))]);
    for (const [index, wanted] of WANTED.entries()) {
      await makeDue(world.sql, await world.id(slug));
      expect(await fail()).toMatchObject({ end: 'failed', error: { code } });
      const delay = (await request(slug))?.delay;
      expect(delay).toBeLessThanOrEqual(wanted * 1.2);
      expect(delay).toBeGreaterThan(wanted * 0.8 - 3);
      expect((await world.read(slug)).failure).toMatchObject({ code, attempts: index + 1 });
      await world.write(other, 'SCOPE.md', `# Scope\n\n${index}\n`);
      expect(await world.evaluate(other)).toMatchObject({ end: 'written' });
    }
    expect(said).toEqual([]);
  }

  it('by its check is retried after ever longer pauses of an hour at most, and delays no other', async () => {
    await checker.crashesOn('hostile');
    const [hostile = ''] = await addAll('hostile', 1, { ...FILES, hostile: '' });
    await expectEverMoreRarely(hostile, 'checker_crashed', () => handle(hostile));
  });

  it('by killing its worker three times is retried as rarely, and delays no other', async () => {
    const [killer = ''] = await addAll('killer', 1);
    const repoId = await world.id(killer);
    await expectEverMoreRarely(killer, 'worker_killed', async () => {
      for (let start = 0; start < MAX_STARTS; start += 1) await startRequest(world.sql, repoId);
      return handle(killer);
    });
  });
});
