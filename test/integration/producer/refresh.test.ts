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
const wish = (forced = false) => ({ repoId, forced, reason: 'somebody asked' });

test('a person asks with the first priority, and the home host is woken', async () => {
  expect(await refresh(deps(), wish(true))).toEqual({ home: 'here', wakeError: undefined });
  expect(await readRequest(world.sql, repoId)).toMatchObject({
    ...{ priority: 1, forced: true, wanted: null, reason: 'somebody asked' },
  });
  expect(woken).toEqual([{ repoId, host: 'here', priority: 1 }]);
});

test('where no host is known to have the checkout, this one is woken', async () => {
  await world.sql`update managed_repos set host_paths = null where id = ${repoId}`;
  expect(await refresh(deps(), wish())).toMatchObject({ home: 'web' });
});

test('with Redis away the request stands, and it is said that nobody was woken', async () => {
  const away = new DoiError('redis_unavailable', 'Redis does not answer.', 'Start it.');
  const refreshed = await refresh(deps({ wake: () => Promise.reject(away) }), wish());
  expect(refreshed).toEqual({ home: 'here', wakeError: away });
  expect(await readRequest(world.sql, repoId)).toBeDefined();
});

test('another error than that is not hidden', async () => {
  const broken = new Error('unforeseen');
  await expect(refresh(deps({ wake: () => Promise.reject(broken) }), wish())).rejects.toBe(broken);
});

test('a repository that is archived is not asked for', async () => {
  await archiveRepositories(world.sql, [slug]);
  await expect(refresh(deps(), wish())).rejects.toMatchObject({ code: 'bad_request' });
  expect(await readRequest(world.sql, repoId)).toBeUndefined();
});
