/** Tests of waiting for asks to end: each by its own end, and all by one look. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { DoiError } from '../../../src/domain/errors.js';
import { systemClock } from '../../../src/platform/clock.js';
import { addRequests } from '../../../src/store/requests/add-requests.js';
import { CompletionWatch } from '../../../src/store/requests/completion-watch.js';
import { startRequest } from '../../../src/store/requests/start-requests.js';
import { openWorld, type World } from '../../helpers/world.js';
import { plainAsk } from './rows.js';

let world: World;
beforeAll(async () => {
  world = await openWorld('settled');
});
afterAll(() => world.close());

async function asked(slug: string): Promise<string> {
  const id = await world.add(slug);
  await addRequests(world.sql, [plainAsk(id, { forced: true, priority: 1, wanted: null })]);
  return id;
}
const forever = () => new AbortController().signal;

it('ends when it is judged, and when that breaks', async () => {
  const watch = new CompletionWatch(world.deps);
  for (const [slug, check] of [
    ['judged', world.deps.check],
    ['broken', () => Promise.reject(new DoiError('checker_crashed', 'It broke.', 'Mend it.'))],
  ] as const) {
    const settles = watch.settles(await asked(slug), forever());
    const { deps } = world;
    world.deps = { ...deps, check };
    await world.evaluate(slug, { forced: true });
    world.deps = deps;
    expect(await settles, slug).toBe(true);
  }
});

it('ends when what was asked for is judged, though it was asked for again meanwhile', async () => {
  const id = await asked('again');
  const settles = new CompletionWatch(world.deps).settles(id, forever());
  const { deps } = world;
  let again = async () => {
    await addRequests(world.sql, [plainAsk(id, { forced: true, priority: 1, wanted: null })]);
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
  expect(await settles).toBe(true);
});

it('does not end by what began before it was asked for, and ends without that when nobody waits any more', async () => {
  const id = await world.add('early');
  await world.evaluate('early');
  await addRequests(world.sql, [plainAsk(id, { forced: true, priority: 1, wanted: null })]);
  expect(await new CompletionWatch(world.deps).settles(id, AbortSignal.timeout(300))).toBe(false);
  expect(await new CompletionWatch(world.deps).settles(id, AbortSignal.abort())).toBe(false);
});

it('looks once for all who wait', async () => {
  let looks = 0;
  const clock = {
    sleep: (ms: number) => {
      looks += 1;
      return systemClock.sleep(ms);
    },
  };
  const watch = new CompletionWatch({ sql: world.sql, clock });
  const ids = await Promise.all(['a', 'b', 'c', 'd'].map(asked));
  const settled = await Promise.all(ids.map((id) => watch.settles(id, AbortSignal.timeout(500))));
  expect(settled).toEqual([false, false, false, false]);
  // 500 ms hold ten pauses of 50 ms; each for itself would have made forty.
  expect(looks).toBeLessThan(15);
});
