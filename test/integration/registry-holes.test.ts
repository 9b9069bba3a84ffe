import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { watchOnce } from '../../src/producer/watch.js';
import { readSummary } from '../../src/reader/summary/read-summary.js';
import { openWorld, type World } from '../helpers/world.js';

let world: World;
beforeAll(async () => {
  world = await openWorld('holes');
  // A hub's own table may allow what our migration does not.
  for (const column of ['name', 'status', 'updated_at'])
    await world.sql`alter table managed_repos alter ${world.sql(column)} drop not null`;
  await world.add('sound');
  await world.evaluate('sound');
});
afterEach(() => world.sql`delete from managed_repos where slug <> 'sound'`);
afterAll(() => world.close());

const watch = () => watchOnce({ ...world.deps, capacity: 1, wake: async () => {} });

test.each([
  ['updated_at', null],
  ['updated_at', 'infinity'],
  ['updated_at', '-infinity'],
  ['last_sbom_at', 'infinity'],
  ['name', null],
])('a repository whose %s is %s is probed, judged and read, and so are all others', async (column, value) => {
  const slug = `${column.replaceAll('_', '-')}-${value ?? 'null'}`.replace('--', '-minus-');
  const id = await world.add(slug);
  await world.evaluate(slug);
  const literal = value === null ? 'null' : `'${value}'`;
  await world.sql.unsafe(`update managed_repos set ${column} = ${literal} where id = $1`, [id]);
  await watch();
  expect((await world.read(slug)).stale_reasons).toMatchObject([{ input: 'repo', code: 'input_changed' }]);
  expect(await world.evaluate(slug)).toMatchObject({ end: 'written' });
  await watch();
  const entries = await readSummary(world.deps, {});
  expect(entries.find((entry) => entry.repo_slug === slug)).toMatchObject({ stale: false });
  expect(entries.find((entry) => entry.repo_slug === 'sound')).toMatchObject({ stale: false });
  expect((await world.read(slug)).stale).toBe(false);
});

test('a repository whose status is NULL is not active, and breaks no pass', async () => {
  const id = await world.add('no-status');
  await world.evaluate('no-status');
  await world.sql`update managed_repos set status = null where id = ${id}`;
  await watch();
  expect(await world.read('no-status')).toMatchObject({ stale: true });
  const slugs = (await readSummary(world.deps, {})).map((entry) => entry.repo_slug);
  expect(slugs).toContain('sound');
  expect(slugs).not.toContain('no-status');
});
