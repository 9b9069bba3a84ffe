import { afterAll, beforeAll, expect, test } from 'vitest';
import { DoiError } from '../../../src/domain/errors.js';
import { watchOnce } from '../../../src/producer/watch.js';
import { readSummary, type SummaryFilter } from '../../../src/reader/summary/read-summary.js';
import { archiveRepositories } from '../../../src/registry/change.js';
import { openWorld, type World } from '../../helpers/world.js';

let world: World;
beforeAll(async () => {
  world = await openWorld('summary');
  const { check } = world.deps;
  const core = { '.git/config': '[remote "origin"]\n\turl = https://example.org/a/b.git\n' };
  for (const slug of ['b-core', 'a-core', 'z-none', 'stale', 'broken', 'archived', 'new'])
    await world.add(slug, slug === 'z-none' ? {} : core);
  await world.sql`update managed_repos set remote_url = 'https://example.org/a/b.git' where slug <> 'z-none'`;
  await world.sql`insert into domains (slug, name) values ('other', 'Other')`;
  await world.sql`
    update managed_repos set domain_id = (select id from domains where slug = 'other') where slug = 'a-core'`;
  for (const slug of ['b-core', 'a-core', 'z-none', 'stale', 'broken', 'archived'])
    await world.evaluate(slug);
  await world.write('stale', 'SCOPE.md', '# Scope\n');
  world.deps = {
    ...world.deps,
    check: () => Promise.reject(new DoiError('checker_crashed', 'It broke.', 'Repair it.')),
  };
  await world.write('broken', 'workplans/README.md', 'x');
  await world.evaluate('broken');
  world.deps = { ...world.deps, check };
  await archiveRepositories(world.sql, ['archived']);
  await watchOnce({ ...world.deps, capacity: 1, wake: async () => {} });
});
afterAll(() => world.close());

const summary = (filter: SummaryFilter = {}) => readSummary(world.deps, filter);
const slugs = async (filter: SummaryFilter) => (await summary(filter)).map((entry) => entry.repo_slug);

test('active repositories come in one order: never evaluated, then the lowest tier, then by slug', async () => {
  expect(await slugs({})).toEqual(['new', 'z-none', 'a-core', 'b-core', 'broken', 'stale']);
});

test('an entry has the tier, the failing criteria, and whether it is fresh', async () => {
  const entries = await summary();
  expect(entries.find((entry) => entry.repo_slug === 'z-none')).toMatchObject({
    ...{ tier: 'none', core_pass: false, stale: false, stale_reasons: [], verified: 'observed' },
    statuses: expect.objectContaining({ C1: 'pass', C4: 'fail' }),
    failing: expect.arrayContaining([expect.objectContaining({ id: 'C4', status: 'fail' })]),
  });
  expect(entries.find((entry) => entry.repo_slug === 'new')).toMatchObject({
    ...{ tier: 'none', checked_at: null, failing: [], statuses: {}, stale: true },
    stale_reasons: [{ code: 'never_evaluated' }],
  });
  expect(entries.find((entry) => entry.repo_slug === 'a-core')).toMatchObject({
    ...{ domain_slug: 'other', tier: 'core', core_pass: true, standard_pass: false, broken: false },
  });
});

test('a filter keeps matching entries, and several filters keep entries that match all of them', async () => {
  expect(await slugs({ domain: 'other' })).toEqual(['a-core']);
  expect(await slugs({ tier: 'none' })).toEqual(['new', 'z-none']);
  expect(await slugs({ stale: true })).toEqual(['new', 'broken', 'stale']);
  expect(await slugs({ stale: false })).toEqual(['z-none', 'a-core', 'b-core']);
  expect(await slugs({ broken: true })).toEqual(['broken']);
  expect(await slugs({ broken: false, stale: true, tier: 'core' })).toEqual(['stale']);
  expect(await slugs({ domain: 'nowhere' })).toEqual([]);
});

test('all entries of a silent host are stale', async () => {
  const deps = { ...world.deps, observedLimitMs: -1 };
  const entries = await readSummary(deps, {});
  expect(entries.every(({ stale, verified }) => stale && verified === 'registry')).toBe(true);
});
