/** The prepared summary stays within the limit of its statements while the tables grow, before PostgreSQL analyses them. */
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import type { PreparedSummary } from '../../../src/reader/summary/prepared-summary.js';
import { makeSummary } from '../../helpers/summary.js';
import { openWorld, type World } from '../../helpers/world.js';

/** A plan that reads each table whole for each of these would take far longer than a statement may. */
const MANY = 3000;

let world: World;
let summary: PreparedSummary;
beforeEach(async () => {
  world = await openWorld('grown-tables');
  await world.add('thing', { 'SCOPE.md': '# Scope\n' });
  await world.evaluate('thing');
  summary = makeSummary(world.deps, { databaseUrl: world.url, passMs: 100 });
});
afterEach(async () => {
  await summary.close();
  await world.close();
});

it('when one repository has become 3,000 since its first pass, the summary shows all of them', async () => {
  const { sql } = world;
  for (const table of ['managed_repos', 'doi_cache', 'doi_evaluation', 'doi_observation', 'doi_push'])
    await sql`alter table ${sql(table)} set (autovacuum_enabled = off)`;
  await sql`analyze`;
  const count = async () => {
    const { representation } = await summary.get({ filter: {} });
    return (JSON.parse(representation.plain.bytes.toString()) as unknown[]).length;
  };
  expect(await count()).toBe(1);

  await sql.unsafe(`
    insert into managed_repos (id, slug, name)
      select gen_random_uuid(), 'repo-' || n, 'repo-' || n from generate_series(2, ${MANY}) n;
    insert into doi_cache (id, repo_id, tier, criteria, fingerprint)
      select gen_random_uuid(), id, 'core', '[]', 'f' from managed_repos on conflict do nothing;
    insert into doi_evaluation (repo_id, observation, tier, statuses, inputs)
      select id, 1, 'core', '{}', '""' from managed_repos on conflict do nothing;
    insert into doi_observation (repo_id, host, fingerprint, since, seen_at, recorded_at)
      select id, 'here', 'f', now(), now(), now() from managed_repos on conflict do nothing;
    insert into doi_push (repo_id, branch, head, pushed_at) select id, 'main', 'h', now() from managed_repos`);

  await vi.waitFor(async () => expect(await count()).toBe(MANY), { timeout: 20_000, interval: 50 });
});
