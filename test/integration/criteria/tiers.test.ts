import { rename, rm } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openWorld, type World } from '../../helpers/world.js';
import { addGoals, addSnapshots, inOrder, setColumns, setDomain, setSbomTime } from './rows.js';
import { COMPLETE, scope } from './texts.js';

const REGISTERED = setColumns({ remote_url: 'https://example.org/acme/widget' });
const INTEGRATED = inOrder(REGISTERED, setSbomTime('2026-03-20T10:42:07Z'), addSnapshots(1));
const ALL = inOrder(INTEGRATED, addGoals('active'));

let world: World;
beforeAll(async () => {
  world = await openWorld('tiers');
});
afterAll(() => world.close());

async function evaluated(slug: string) {
  expect(await world.evaluate(slug)).toMatchObject({ end: 'written' });
  const answer = await world.read(slug);
  expect(answer).toMatchObject({ stale: false, stale_reasons: [] });
  const { tier, core_pass, standard_pass, full_pass, next_tier } = answer;
  const missing = next_tier?.missing.map(({ id }) => id) ?? null;
  return { tier, passed: [core_pass, standard_pass, full_pass], next: next_tier?.tier ?? null, missing };
}

describe('the tier of a repository', () => {
  it('rises with each criterion that is met, and the report names those missing for the next tier', async () => {
    await world.add('climber');
    expect(await evaluated('climber')).toEqual({
      tier: 'none',
      passed: [false, false, false],
      next: 'core',
      missing: ['C4'],
    });
    await REGISTERED(world, 'climber');
    expect(await evaluated('climber')).toEqual({
      tier: 'core',
      passed: [true, false, false],
      next: 'standard',
      missing: ['C5', 'C6', 'C8', 'C9'],
    });
    for (const [file, text] of Object.entries(COMPLETE)) await world.write('climber', file, text);
    await inOrder(setSbomTime('2026-03-20T10:42:07Z'), addSnapshots(1))(world, 'climber');
    expect(await evaluated('climber')).toEqual({
      tier: 'standard',
      passed: [true, true, false],
      next: 'full',
      missing: ['C10'],
    });
    await addGoals('active')(world, 'climber');
    expect(await evaluated('climber')).toEqual({
      tier: 'full',
      passed: [true, true, true],
      next: null,
      missing: null,
    });
  });

  it('is full with fourteen passes', async () => {
    await world.add('complete', COMPLETE);
    await ALL(world, 'complete');
    expect(await evaluated('complete')).toMatchObject({ tier: 'full' });
    const { criteria } = await world.read('complete');
    expect(criteria.map(({ status }) => status)).toEqual(Array(14).fill('pass'));
  });

  it('counts a warning as met', async () => {
    await world.add('warned', { ...COMPLETE, 'SCOPE.md': scope({ without: ['Terminology'] }) });
    await ALL(world, 'warned');
    expect(await evaluated('warned')).toMatchObject({ tier: 'full' });
    expect((await world.read('warned')).criteria[4]).toMatchObject({ id: 'C5', status: 'warn' });
  });

  it('is none where a core criterion fails, whatever the tiers above have', async () => {
    await world.add('fallen', COMPLETE);
    await ALL(world, 'fallen');
    expect(await evaluated('fallen')).toMatchObject({ tier: 'full' });
    await setDomain('closed', 'archived')(world, 'fallen');
    expect(await evaluated('fallen')).toEqual({
      tier: 'none',
      passed: [false, false, false],
      next: 'core',
      missing: ['C2'],
    });
  });

  it('is core where a standard criterion fails, although all criteria of full pass', async () => {
    await world.add('bare', COMPLETE);
    await ALL(world, 'bare');
    await setColumns({ last_sbom_at: null })(world, 'bare');
    expect(await evaluated('bare')).toEqual({
      tier: 'core',
      passed: [true, false, false],
      next: 'standard',
      missing: ['C8'],
    });
  });

  it('counts a skipped criterion as not met, and recovers with the checkout', async () => {
    await world.add('skipped', COMPLETE);
    await ALL(world, 'skipped');
    await rename(world.path('skipped'), world.path('away'));
    expect(await evaluated('skipped')).toMatchObject({ tier: 'none', missing: ['C3'] });
    const { criteria } = await world.read('skipped');
    const skipped = criteria.filter(({ status }) => status === 'skip').map(({ id }) => id);
    expect(skipped).toEqual(['C5', 'C6', 'C7', 'C9', 'C11', 'C12', 'C13']);
    await rename(world.path('away'), world.path('skipped'));
    expect((await world.read('skipped')).stale).toBe(true);
    expect(await evaluated('skipped')).toMatchObject({ tier: 'full' });
  });
});

describe('a change of a registry row that leaves updated_at as it was', () => {
  it.each([
    ['repo', setColumns({ name: 'Another name' })],
    ['domain', (world: World) => world.sql`update domains set status = 'paused' where slug = 'default'`],
    ['goal', (world: World) => world.sql`update repo_goals set status = 'paused'`],
    ['goal', (world: World) => world.sql`delete from repo_goals`],
    ['tpsc', (world: World) => world.sql`delete from tpsc_snapshots`],
  ] as const)('makes the report stale because of %s', async (input, change) => {
    const slug = `silent-${input}`;
    await world.sql`update domains set status = 'active' where slug = 'default'`;
    await rm(world.path(slug), { recursive: true, force: true });
    await world.sql`delete from managed_repos where slug = ${slug}`;
    await world.add(slug, COMPLETE);
    await ALL(world, slug);
    expect(await evaluated(slug)).toMatchObject({ tier: 'full' });
    await change(world, slug);
    const { stale_reasons } = await world.read(slug);
    expect(stale_reasons.map((reason) => reason.input)).toEqual([input]);
  });
});
