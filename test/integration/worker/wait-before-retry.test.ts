import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { MAX_STARTS, PRIORITY } from '../../../src/domain/request.js';
import { addPushes } from '../../../src/store/pushes.js';
import { addRequests } from '../../../src/store/requests/add-requests.js';
import { startRequest } from '../../../src/store/requests/start-requests.js';
import { handleJob, type Outcome } from '../../../src/worker/handle-job.js';
import { openWorld, type World } from '../../helpers/world.js';
import { makeDue, plainRequest, readRequest } from '../store/rows.js';
import { type CheckerFixture, useChecker } from './checker-fixture.js';

let world: World;
let checker: CheckerFixture;
let count = 0;
let slug: string;
let repoId: string;
beforeAll(async () => {
  world = await openWorld('quarantine');
  checker = await useChecker(world);
});
beforeEach(async () => {
  await checker.crashes();
  count += 1;
  slug = `repo-${count}`;
  repoId = await world.add(slug, { 'SCOPE.md': '# Scope\n', 'workplans/README.md': 'Plans.\n' });
  world.checks = 0;
});
afterAll(() => world.close());

const request = () => readRequest(world.sql, repoId);
const handle = async (): Promise<Outcome> =>
  (await handleJob(world.deps, repoId, new AbortController().signal)).outcome;
const push = () =>
  addPushes(world.sql, [{ repoIds: [repoId], branch: 'main', head: 'a'.repeat(40), reason: 'pushed' }]);
const attempts = async () => {
  const [row] = await world.sql<{ attempts: number }[]>`
    select attempts from doi_failure where repo_id = ${repoId}`;
  return row?.attempts;
};

async function breakOnce(): Promise<void> {
  await addRequests(world.sql, [plainRequest(repoId)]);
  expect(await handle()).toMatchObject({ end: 'failed', error: { code: 'checker_crashed' } });
}

describe('a repository that has failed', () => {
  it('when a push brings the inputs that failed, then the worker only probes and waits on for their time', async () => {
    await breakOnce();
    for (let n = 0; n < 3; n += 1) {
      await push();
      expect(await handle()).toMatchObject({ end: 'waiting' });
      const left = (await request())?.delay ?? 0;
      expect(left > 0 && left <= 6.1, `the first pause of 5 s, not a new one: ${left}`).toBe(true);
    }
    expect(world.checks).toBe(1);
    expect(await attempts()).toBe(1);
  });

  it('when it was edited since, then the worker retries at once', async () => {
    await breakOnce();
    await world.write(slug, 'SCOPE.md', '# Another\n');
    await push();
    expect(await handle()).toMatchObject({ end: 'failed' });
    expect(await attempts()).toBe(2);
  });

  it('when a person requests it, then the worker retries at once, and waits again for later requests', async () => {
    await breakOnce();
    await addRequests(world.sql, [
      plainRequest(repoId, { priority: PRIORITY.person, forced: true, wanted: null }),
    ]);
    expect(await handle()).toMatchObject({ end: 'failed' });
    await push();
    expect(await handle()).toMatchObject({ end: 'waiting' });
    expect(await request()).toMatchObject({ forced: true });
    expect(await attempts()).toBe(2);
  });

  it('when its time has come, then the worker retries, and the failure is over when that works', async () => {
    await breakOnce();
    await push();
    expect(await handle()).toMatchObject({ end: 'waiting' });
    await checker.works();
    await makeDue(world.sql, repoId);
    expect(await handle()).toMatchObject({ end: 'written' });
    expect(await attempts()).toBeUndefined();
    expect(await request()).toBeUndefined();
  });

  it('keeps a request that comes while it waits', async () => {
    await breakOnce();
    await push();
    const sql = world.deps.sql;
    const prober = { probe: world.deps.prober.probe.bind(world.deps.prober) };
    const probe: typeof prober.probe = async (targets, options) => {
      await addRequests(sql, [plainRequest(repoId, { priority: PRIORITY.person, wanted: null })]);
      return prober.probe(targets, options);
    };
    const deps = { ...world.deps, prober: Object.assign(Object.create(world.deps.prober), { probe }) };
    const { outcome } = await handleJob(deps, repoId, new AbortController().signal);
    expect(outcome).toMatchObject({ end: 'waiting' });
    expect(await request()).toMatchObject({ started: false, delay: null, priority: PRIORITY.person });
  });
});

describe('a repository that ends its worker', () => {
  async function killWorker(starts: number): Promise<void> {
    await addRequests(world.sql, [plainRequest(repoId, { wanted: null })]);
    for (let n = 0; n < starts; n += 1) await startRequest(world.sql, repoId);
    expect(await handle()).toMatchObject({ end: 'failed', error: { code: 'worker_killed' } });
  }

  it('is not judged again for a push, but for an edit', async () => {
    await killWorker(MAX_STARTS);
    await push();
    expect(await handle()).toMatchObject({ end: 'waiting' });
    expect(world.checks).toBe(0);
    await checker.works();
    await world.write(slug, 'SCOPE.md', '# Another\n');
    await push();
    expect(await handle()).toMatchObject({ end: 'written' });
  });

  it('is not even probed again before its time when the probe ends the worker', async () => {
    await killWorker(MAX_STARTS + 1);
    await world.write(slug, 'SCOPE.md', '# Another\n');
    await push();
    expect(await handle()).toMatchObject({ end: 'waiting' });
    await makeDue(world.sql, repoId);
    expect(await handle()).toMatchObject({ end: 'failed', error: { code: 'checker_crashed' } });
  });
});
