import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { DoiError } from '../../../src/domain/errors.js';
import { type RefreshDependencies, refresh } from '../../../src/producer/refresh.js';
import type { Wake } from '../../../src/queue/waker.js';
import { archiveRepositories } from '../../../src/registry/change.js';
import { openWorld, type World } from '../../helpers/world.js';
import { readRequest } from '../store/rows.js';

let world: World;
let woken: Wake[];
let slug: string;
let repoId: string;
let count = 0;
beforeAll(async () => {
  world = await openWorld('refresh');
});
beforeEach(async () => {
  woken = [];
  count += 1;
  slug = `repo-${count}`;
  repoId = await world.add(slug);
});
afterAll(() => world.close());

const deps = (change: Partial<RefreshDependencies> = {}): RefreshDependencies => ({
  ...{ sql: world.sql, host: 'web' },
  wake: async (wakes) => {
    woken.push(...wakes);
  },
  ...change,
});
const options = (forced = false) => ({ repoId, forced, reason: 'a test' });

test('when a person requests a refresh, then it has the first priority and wakes the home host', async () => {
  expect(await refresh(deps(), options(true))).toEqual({ home: 'here', wakeError: undefined });
  expect(await readRequest(world.sql, repoId)).toMatchObject({
    ...{ priority: 1, forced: true, wanted: null, reason: 'a test' },
  });
  expect(woken).toEqual([{ repoId, host: 'here', priority: 1 }]);
});

test('when no host is known to have the checkout, then it wakes this host', async () => {
  await world.sql`update managed_repos set host_paths = null where id = ${repoId}`;
  expect(await refresh(deps(), options())).toMatchObject({ home: 'web' });
});

test('when Redis is away, then the request stays, and the result says that no host was woken', async () => {
  const away = new DoiError('redis_unavailable', 'Redis does not answer.', 'Start it.');
  const refreshed = await refresh(deps({ wake: () => Promise.reject(away) }), options());
  expect(refreshed).toEqual({ home: 'here', wakeError: away });
  expect(await readRequest(world.sql, repoId)).toBeDefined();
});

test('any other error of the wake-up is thrown', async () => {
  const broken = new Error('unforeseen');
  await expect(refresh(deps({ wake: () => Promise.reject(broken) }), options())).rejects.toBe(broken);
});

test('when a repository is archived, then a refresh is refused', async () => {
  await archiveRepositories(world.sql, [slug]);
  await expect(refresh(deps(), options())).rejects.toMatchObject({ code: 'bad_request' });
  expect(await readRequest(world.sql, repoId)).toBeUndefined();
});
