/** Hostile checkouts: many at once, and a good one among them and after them. */
import { rm } from 'node:fs/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Arena, openArena } from './arena.js';
import { BODIES, makeCrowd, makeLinks, makePlans, makeRules } from './fixtures/crowds.js';
import { fill } from './fixtures/texts.js';
import { setTraps } from './fixtures/traps.js';
import { makeSparse, UNFIT_THINGS } from './fixtures/unfit.js';
import { GOOD, GOOD_STATUSES } from './places.js';

/** How long a probe and a load of one checkout may take, and so how long a good one may wait for a hostile one. */
const OWN_LIMIT_MS = 15_000;

let arena: Arena;
beforeAll(async () => {
  arena = await openArena('together');
});
afterAll(() => arena.close());

/** Twenty checkouts, each hostile in its own way. */
async function makeHostile(): Promise<string[]> {
  const { world, outside } = arena;
  const spot = (slug: string, file: string) => ({
    path: world.path(slug, file),
    root: world.path(slug),
    outside,
  });
  const clear = (slug: string, file: string) => rm(world.path(slug, file), { recursive: true });
  const ways: ((slug: string) => unknown)[] = [
    async (slug) => {
      await clear(slug, 'workplans');
      makeCrowd(world.path(slug, 'workplans'), 6_000);
    },
    async (slug) => {
      await clear(slug, 'workplans');
      makePlans(world.path(slug, 'workplans'), BODIES['tasks of many maps'] ?? String);
    },
    (slug) => makeRules(world.path(slug, '.claude/rules')),
    (slug) => makeLinks(world.path(slug), '.claude/rules'),
    (slug) => makeSparse({ path: world.path(slug, 'workplans/big.md') }),
    (slug) => world.write(slug, 'SCOPE.md', `${fill('`', 262_000)}\u2028`),
    (slug) => setTraps(world.path(slug), outside.markers),
    async (slug) => {
      await clear(slug, 'CLAUDE.md');
      await UNFIT_THINGS['a pipe']?.make(spot(slug, 'CLAUDE.md'));
    },
    async (slug) => {
      await clear(slug, 'SCOPE.md');
      await UNFIT_THINGS['a link to endless zeros']?.make(spot(slug, 'SCOPE.md'));
    },
    async (slug) => {
      await clear(slug, 'tpsc.yaml');
      await UNFIT_THINGS['a link over too many names']?.make(spot(slug, 'tpsc.yaml'));
    },
  ];
  const slugs: string[] = [];
  for (const [index, make] of [...ways, ...ways].entries()) {
    const slug = `hostile-${index}`;
    await world.add(slug, GOOD);
    await make(slug);
    slugs.push(slug);
  }
  return slugs;
}

it('twenty at once delay a good checkout no longer than one may take, and freeze nothing', async () => {
  const slugs = await makeHostile();
  for (const slug of ['good', 'later']) await arena.world.add(slug, GOOD);
  const hostile = slugs.map((slug) => arena.judge(slug, 'one of twenty at once', 20 * OWN_LIMIT_MS));
  const began = performance.now();
  const good = await arena.judge('good', 'a good one among twenty', OWN_LIMIT_MS);
  expect(performance.now() - began).toBeLessThan(OWN_LIMIT_MS);
  expect(good.statuses).toEqual(GOOD_STATUSES);
  for (const { statuses } of await Promise.all(hostile))
    expect(statuses).toMatchObject({ C1: 'pass', C3: 'pass' });
  expect((await arena.judge('later', 'a good one after twenty')).statuses).toEqual(GOOD_STATUSES);
  await arena.expectUntouched();
}, 300_000);
