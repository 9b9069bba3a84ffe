/** Hostile checkouts: what is no file or no folder where one should be, and links that lead out of the checkout. */
import { execFileSync } from 'node:child_process';
import { rmSync } from 'node:fs';
import { mkdir, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { Server } from 'node:net';
import { dirname, join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { isRoot } from '../unit/inputs/checkout-files.js';
import { type Arena, openArena } from './arena.js';
import { makeSparse, UNFIT_FILES, UNFIT_THINGS, type Unfit } from './fixtures/unfit.js';
import { FILE_PLACES, FOLDER_PLACES, GOOD, GOOD_STATUSES, type Place, RULE } from './places.js';

let arena: Arena;
beforeAll(async () => {
  arena = await openArena('files');
});
afterEach(() => arena.expectUntouched());
afterAll(() => arena.close());

let made = 0;

/** Judges a good checkout with the unfit thing at all of these places. */
async function expectSaid(name: string, { make, clause }: Unfit, places: readonly Place[]): Promise<void> {
  made += 1;
  const slug = `${made}-${name.toLowerCase().replaceAll(/[^a-z0-9]+/g, '-')}`;
  const { world, outside } = arena;
  await world.add(slug, { ...GOOD, '.git/HEAD': 'ref: refs/heads/main\n' });
  const servers: unknown[] = [];
  for (const { path, without } of places) {
    if (without !== undefined) rmSync(world.path(slug, without));
    const spot = { path: world.path(slug, path), root: world.path(slug), outside };
    rmSync(spot.path, { recursive: true, force: true });
    await mkdir(dirname(spot.path), { recursive: true });
    servers.push(await make(spot));
  }
  const { statuses, details, answer } = await arena.judge(slug, name);
  const said = Object.assign({}, ...places.map((place) => place.details(clause))) as Record<string, string>;
  const failed = Object.fromEntries(Object.keys(said).map((id) => [id, 'fail']));
  expect(statuses).toEqual({ ...GOOD_STATUSES, ...failed });
  for (const [id, detail] of Object.entries(said)) expect(details[id], id).toContain(detail);
  expect(answer.checkout).toMatchObject({ head: null, behind: null });
  for (const server of servers) if (server instanceof Server) server.close();
}

const things = Object.entries(UNFIT_THINGS);
// A folder of rules may have any name.
const notRules = FILE_PLACES.map((places) => places.filter(({ path }) => path !== RULE));

describe('where a file should be', () => {
  for (const [name, unfit] of [...things, ...Object.entries(UNFIT_FILES)]) {
    it.runIf(isRoot || unfit.byRoot !== true)(`${name} fails what reads it, and says so`, async () => {
      for (const places of name === 'a folder' ? notRules : FILE_PLACES)
        await expectSaid(name, unfit, places);
    });
  }

  it('a sparse file of 5 GB fails the criteria of that file or of its folder, and is not read', async () => {
    const name = 'a sparse file of 5 GB';
    const [atRoot = [], below = [], inClaude = []] = FILE_PLACES;
    const inFolder = (places: readonly Place[]) =>
      places.filter(({ path }) => /^(?:workplans|\.claude\/rules)/.test(path));
    const rest = (places: readonly Place[]) => places.filter((place) => !inFolder([place]).includes(place));
    await expectSaid(name, { clause: 'is larger than 256 KiB', make: makeSparse }, rest(atRoot));
    await expectSaid(name, { clause: 'is larger than 256 KiB', make: makeSparse }, inClaude);
    const folders = FOLDER_PLACES.flat().filter(({ path }) => path !== '.git');
    const of = ([place]: readonly Place[], wanted: string): Place[] => {
      const folder = folders.find(({ path }) => path === wanted);
      return [{ details: () => ({}), ...folder, path: place?.path ?? '' }];
    };
    const tooMuch = { clause: 'has more than 16 MiB of files', make: makeSparse };
    await expectSaid(name, tooMuch, of(inFolder(atRoot), 'workplans'));
    await expectSaid(name, tooMuch, of(inFolder(below), '.claude/rules'));
    await expectSaid(name, tooMuch, [{ path: 'workplans/film.mp4', details: folders[0]!.details }]);
  });
});

describe('where a folder should be', () => {
  const file: Unfit = { clause: 'is a file, not a folder', make: UNFIT_FILES['a byte too much']!.make };
  for (const [name, unfit] of [...things, ['a file', file] as const]) {
    const here = { ...unfit, clause: unfit.clause.replace('not a regular file', 'not a folder') };
    it.runIf(isRoot || unfit.byRoot !== true)(`${name} fails what reads it, and says so`, async () => {
      for (const places of FOLDER_PLACES) await expectSaid(name, here, places);
    });
  }

  it('a link to a folder of the checkout is followed, and one that leads out is rejected or ignored', async () => {
    const { world, outside } = arena;
    const slug = 'linked-folders';
    const link = async (target: string, path: string) => {
      await rm(world.path(slug, path), { recursive: true, force: true });
      await symlink(target, world.path(slug, path));
    };
    await world.add(slug, GOOD);
    await rename(world.path(slug, 'workplans'), world.path(slug, 'plans'));
    await link('plans', 'workplans');
    await rename(world.path(slug, '.claude'), world.path(slug, 'agents'));
    await link('agents', '.claude');
    expect((await arena.judge(slug, 'linked folders')).statuses).toEqual(GOOD_STATUSES);
    await link(join(outside.folder, 'plans'), 'plans/archived');
    await link(join(outside.folder, 'rules'), '.claude/rules');
    await link(join(outside.folder, 'git'), '.git');
    // A file that is rejected does not undo a match in another file.
    expect((await arena.judge(slug, 'linked folders')).statuses).toEqual(GOOD_STATUSES);
    await world.write(slug, 'CLAUDE.md', 'Be kind.\n');
    const rules = await arena.judge(slug, 'linked folders');
    expect(rules.statuses).toEqual({ ...GOOD_STATUSES, C12: 'fail' });
    expect(rules.details['C12']).toBe('.claude/rules is a link that leads out of the checkout.');
    expect(rules.answer.checkout).toMatchObject({ branch: null, head: null });
    await link(outside.folder, '.claude');
    const { statuses, details } = await arena.judge(slug, 'linked folders');
    expect(statuses).toEqual({ ...GOOD_STATUSES, C12: 'fail' });
    expect(details['C12']).toBe('.claude/CLAUDE.md is a link that leads out of the checkout.');
  });
});

describe('where the checkout should be', () => {
  const gone = {
    C3: 'fail',
    C5: 'skip',
    C6: 'skip',
    C7: 'skip',
    C9: 'skip',
    C11: 'skip',
    C12: 'skip',
    C13: 'skip',
  };
  const cases: [name: string, make: (path: string) => unknown, detail: string][] = [
    ['a pipe', (path) => execFileSync('mkfifo', [path]), 'is not a folder.'],
    ['a file', (path) => writeFile(path, 'x'), 'is not a folder.'],
    ['a link to a file', (path) => symlink('/etc/passwd', path), 'is not a folder.'],
    ['a link to itself', (path) => symlink(path, path), 'There is nothing at'],
    ['a link to nothing', (path) => symlink('/none/such', path), 'There is nothing at'],
  ];

  it.each(cases)('%s fails C3, and nothing else is judged', async (name, make, detail) => {
    const slug = `root-${name.replaceAll(' ', '-')}`;
    await arena.world.add(slug, GOOD);
    await rm(arena.world.path(slug), { recursive: true });
    await make(arena.world.path(slug));
    const { statuses, details } = await arena.judge(slug, `the root is ${name}`);
    expect(statuses).toEqual({ ...GOOD_STATUSES, ...gone });
    expect(details['C3']).toContain(detail);
  });

  it('a link to a folder is the checkout that it leads to', async () => {
    await arena.world.add('root-linked', GOOD);
    await rename(arena.world.path('root-linked'), arena.world.path('elsewhere'));
    await symlink('elsewhere', arena.world.path('root-linked'));
    const { statuses } = await arena.judge('root-linked', 'the root is a link');
    expect(statuses).toEqual(GOOD_STATUSES);
  });
});
