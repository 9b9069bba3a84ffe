/** What is judged is put away while it is read, with something else in its place, and is back when the reading ends. */
import { copyFile, mkdir, readFile, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { distPath } from '../../../src/platform/process/package-root.js';
import { openWorld, type World } from '../../helpers/world.js';
import { PLAN, plan } from '../criteria/texts.js';

let world: World;
let original: World['deps'];
beforeAll(async () => {
  world = await openWorld('there-and-back');
  original = world.deps;
});
afterAll(() => world.close());

const GOOD = { [PLAN]: plan() };
const BAD = { [PLAN]: plan({ status: 'forgotten' }) };

/** Lets `there` happen before the checker runs, and `back` when it has ended. */
function aroundTheCheck(there: () => Promise<unknown>, back: () => Promise<unknown>): void {
  world.deps = {
    ...original,
    checker: world.deps.checker,
    check: async (...asked) => {
      await there();
      try {
        return await original.check(...asked);
      } finally {
        await back();
      }
    },
  };
}

async function exchange(one: string, other: string): Promise<void> {
  await rename(one, `${one}.kept`);
  await rename(other, one);
  await rename(`${one}.kept`, other);
}

const statusOf = (answer: Awaited<ReturnType<World['read']>>, id: string) =>
  answer.criteria.find((verdict) => verdict.id === id)?.status;

/** The verdict of what is not there any more must read stale, and the worker must judge it again. */
async function expectStaleThenJudgedAgain(slug: string, input: string): Promise<void> {
  const stale = await world.read(slug);
  expect(stale.stale_reasons.map(({ input: each, code }) => [each, code])).toEqual([[input, 'unsettled']]);
  world.deps = { ...original, checker: world.deps.checker };
  expect(await world.evaluate(slug)).toMatchObject({ end: 'written', unsettled: false });
  expect(await world.read(slug)).toMatchObject({ stale: false });
}

it('when another folder stood in place of the checkout while the checker ran, then that verdict reads stale', async () => {
  await world.add('folder', GOOD);
  await world.add('folder-other', BAD);
  const swap = () => exchange(world.path('folder'), world.path('folder-other'));
  aroundTheCheck(swap, swap);
  await world.evaluate('folder');
  expect(statusOf(await world.read('folder'), 'C7')).toBe('fail');
  await expectStaleThenJudgedAgain('folder', 'workplans');
  expect(statusOf(await world.read('folder'), 'C7')).toBe('pass');
});

it('when a link led elsewhere while the checker ran, then that verdict reads stale', async () => {
  await world.add('linked', GOOD);
  await world.add('linked-other', BAD);
  // Not the checkout itself but a folder on the way to it.
  const way = world.path('way');
  await mkdir(world.path('ways/other'), { recursive: true });
  await rename(world.path('linked'), world.path('ways/linked'));
  await rename(world.path('linked-other'), world.path('ways/other/linked'));
  const lead = async (target: string) => {
    await rm(way, { force: true });
    await symlink(target, way);
  };
  await lead('ways');
  const paths = JSON.stringify({ here: `${way}/linked` });
  await world.sql`update managed_repos set host_paths = ${paths}::text::json where slug = 'linked'`;
  aroundTheCheck(
    () => lead('ways/other'),
    () => lead('ways'),
  );
  await world.evaluate('linked');
  expect(statusOf(await world.read('linked'), 'C7')).toBe('fail');
  await expectStaleThenJudgedAgain('linked', 'workplans');
  expect(statusOf(await world.read('linked'), 'C7')).toBe('pass');
});

it('when another program stood in place of the built-in checker while it ran, then that verdict reads stale', async () => {
  await world.add('checked', BAD);
  const file = world.path('checker.cjs');
  await copyFile(distPath('checker.cjs'), file);
  const other = world.path('checker-other.cjs');
  const text = await readFile(file, 'utf8');
  const blind = text.replace('const findings = checkSteadily(checkout);', 'const findings = [];');
  expect(blind).not.toBe(text);
  await writeFile(other, blind);
  world.deps = { ...original, checker: { kind: 'built-in', file } };
  const swap = () => exchange(file, other);
  aroundTheCheck(swap, swap);
  await world.evaluate('checked');
  expect(statusOf(await world.read('checked'), 'C7')).toBe('pass');
  await expectStaleThenJudgedAgain('checked', 'workplans');
  expect(statusOf(await world.read('checked'), 'C7')).toBe('fail');
  world.deps = original;
});

it('when a checkout was away while its files were loaded, then it is not judged as absent', async () => {
  await world.add('away');
  const { loader } = original;
  const load = async (...asked: Parameters<typeof loader.load>) => {
    await rename(world.path('away'), world.path('away.kept'));
    try {
      return await loader.load(...asked);
    } finally {
      await rename(world.path('away.kept'), world.path('away'));
    }
  };
  world.deps = { ...original, loader: { load } as unknown as typeof loader };
  await world.evaluate('away');
  const answer = await world.read('away');
  // There is no file, with the checkout and without, so that every version is the same.
  expect(statusOf(answer, 'C5')).toBe('skip');
  expect(answer.stale_reasons.map(({ input, code }) => [input, code])).toContainEqual([
    'SCOPE.md',
    'unsettled',
  ]);
  world.deps = original;
  await world.evaluate('away');
  const after = await world.read('away');
  expect([statusOf(after, 'C5'), after.stale]).toEqual(['fail', false]);
});
