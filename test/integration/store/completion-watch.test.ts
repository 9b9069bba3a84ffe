/** Tests of waiting for requests to end: each by its own end, and all by one statement. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { DoiError } from '../../../src/domain/errors.js';
import { systemClock } from '../../../src/platform/clock.js';
import { addRequests } from '../../../src/store/requests/add-requests.js';
import { CompletionWatch } from '../../../src/store/requests/completion-watch.js';
import { deferRequest } from '../../../src/store/requests/end-requests.js';
import { startRequest } from '../../../src/store/requests/start-requests.js';
import { openWorld, type World } from '../../helpers/world.js';
import { plainRequest } from './rows.js';

let world: World;
beforeAll(async () => {
  world = await openWorld('completion');
});
afterAll(() => world.close());

async function request(slug: string): Promise<string> {
  const id = await world.add(slug);
  await addRequests(world.sql, [plainRequest(id, { forced: true, priority: 1, wanted: null })]);
  return id;
}
const forever = () => new AbortController().signal;

it('the wait for an evaluation ends with its verdict, or with its failure', async () => {
  const watch = new CompletionWatch(world.deps);
  for (const [slug, completion, check] of [
    ['judged', 'completed', world.deps.check],
    ['broken', 'waiting', () => Promise.reject(new DoiError('checker_crashed', 'It broke.', 'Repair it.'))],
  ] as const) {
    const completed = watch.wait(await request(slug), forever());
    const { deps } = world;
    world.deps = { ...deps, check };
    await world.evaluate(slug, { forced: true });
    world.deps = deps;
    expect(await completed, slug).toBe(completion);
  }
});

it('the wait ends with the verdict of its own request, though another request followed meanwhile', async () => {
  const id = await request('again');
  const completed = new CompletionWatch(world.deps).wait(id, forever());
  const { deps } = world;
  let again = async () => {
    await addRequests(world.sql, [plainRequest(id, { forced: true, priority: 1, wanted: null })]);
  };
  world.deps = {
    ...deps,
    start: async (repoId) => {
      const started = await startRequest(world.sql, repoId);
      await again();
      again = async () => {};
      return started;
    },
  };
  await world.evaluate('again', { forced: true });
  world.deps = deps;
  const [open] = await world.sql`select from doi_request where repo_id = ${id}`;
  expect(open).toBeDefined();
  expect(await completed).toBe('completed');
});

it('the request is still open when the last start began before it, and when the wait is aborted', async () => {
  const id = await world.add('early');
  await world.evaluate('early');
  await addRequests(world.sql, [plainRequest(id, { forced: true, priority: 1, wanted: null })]);
  expect(await new CompletionWatch(world.deps).wait(id, AbortSignal.timeout(300))).toBe('open');
  expect(await new CompletionWatch(world.deps).wait(id, AbortSignal.abort())).toBe('open');
});

it('a request that waits for a fetch under way is open and running; one that is tried again later has ended', async () => {
  for (const [slug, isUnderWay, completion, state] of [
    ['fetching', true, 'open', 'running'],
    ['deferred', false, 'waiting', 'waiting'],
  ] as const) {
    const repoId = await request(slug);
    const completed = new CompletionWatch(world.deps).wait(repoId, AbortSignal.timeout(500));
    const started = await startRequest(world.sql, repoId);
    if (started === undefined) throw new Error('Nothing was started.');
    await deferRequest(world.sql, { repoId, ...started }, { fingerprint: null, retryMs: 60_000, isUnderWay });
    expect(await completed, slug).toBe(completion);
    expect((await world.read(slug)).refresh, slug).toMatchObject({ state });
  }
});

it('one read serves all callers that wait', async () => {
  let reads = 0;
  const clock = {
    sleep: (ms: number) => {
      reads += 1;
      return systemClock.sleep(ms);
    },
  };
  const watch = new CompletionWatch({ sql: world.sql, clock });
  const ids = await Promise.all(['a', 'b', 'c', 'd'].map(request));
  const completions = await Promise.all(ids.map((id) => watch.wait(id, AbortSignal.timeout(500))));
  expect(completions).toEqual(['open', 'open', 'open', 'open']);
  // 500 ms hold ten pauses of 50 ms; each for itself would have made forty.
  expect(reads).toBeLessThan(15);
});
