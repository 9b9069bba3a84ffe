/** Tests that the calls of one evaluation share what they read, and that nothing else is shared. */
import { execFileSync } from 'node:child_process';
import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { runSubprocess } from '../../../../src/checker/run-subprocess.js';
import { CONTENT_KEYS } from '../../../../src/domain/input.js';
import type { GitObjects, ObjectPlace } from '../../../../src/git/objects/git-objects.js';
import { KeptStores } from '../../../../src/git/objects/kept-stores.js';
import type { ScratchFolder } from '../../../../src/platform/process/scratch-folder.js';
import { git } from '../../../helpers/git-repository.js';
import { makeTempFolder, removeFolder } from '../../../helpers/temp-folder.js';
import { bareOf, link, makeBare, type Node, objectFile, openObjects, placeOf } from './repositories.js';

const TREE = {
  'SCOPE.md': 'scope',
  'CLAUDE.md': link('SCOPE.md'),
  'notes.txt': 'notes',
  '.claude': { rules: { 'a.md': 'rule' } },
  workplans: { 'a.md': 'plan', 'b.md': 'other plan' },
};
const EXTRA = ['notes.txt'];

let top: string;
let objects: GitObjects;
let scratch: ScratchFolder;
let starts = 0;
beforeAll(async () => {
  top = await makeTempFolder('one-evaluation');
  const run: typeof runSubprocess = (options) => {
    starts += 1;
    return runSubprocess(options);
  };
  ({ objects, scratch } = await openObjects(top, { run }));
  // The first call finds out whether git is there.
  await objects.readCommit(bareOf(join(top, 'first.git'), {}));
});
afterAll(async () => {
  await scratch.close();
  await removeFolder(top);
});
beforeEach(() => {
  starts = 0;
});

let made = 0;
function bare(tree: { readonly [name: string]: Node } = TREE): ObjectPlace {
  made += 1;
  return bareOf(join(top, `${made}.git`), tree);
}

/** As a mirror has them, and any repository after "git gc". */
function packed(tree: { readonly [name: string]: Node } = TREE): ObjectPlace {
  const place = bare(tree);
  git(String(place.folder), 'repack', '-q', '-a', '-d');
  return place;
}

const planIn = (folder: string) => readFileSync(join(folder, 'workplans/a.md'), 'utf8');
const load = (place: ObjectPlace) => objects.load(place, CONTENT_KEYS, { extraPaths: EXTRA });
const layOut = (place: ObjectPlace) => objects.layOut(place, EXTRA, async ({ path }) => planIn(path));
const idOf = (place: ObjectPlace, path: string) =>
  git(String(place.folder), 'rev-parse', `${place.commit}:${path}`);

describe('the calls of one evaluation', () => {
  it('when all is in packs, without a link or a folder in a folder, then git is started three times', async () => {
    const place = packed({ ...TREE, 'CLAUDE.md': 'rules' });
    await objects.readCommit(place);
    expect(starts).toBe(1);
    expect((await load(place))['CLAUDE.md']?.value).toEqual({ state: 'present', text: 'rules' });
    expect(await layOut(place)).toBe('plan');
    expect(starts).toBe(3);
  });

  it('when the versions are known already, then git is started three times too', async () => {
    const place = packed({ ...TREE, 'CLAUDE.md': 'rules' });
    await load(place);
    await layOut(place);
    expect(starts).toBe(3);
  });

  it('when inputs are loaded one after the other, then the first load reads the others too', async () => {
    const place = packed();
    await objects.load(place, ['CLAUDE.md']);
    starts = 0;
    await objects.load(place, ['SCOPE.md', '.claude/rules']);
    expect(starts).toBe(0);
  });

  it('when a mirror lacks all files, then they are fetched at once', async () => {
    const full = bare({ ...TREE, 'CLAUDE.md': 'rules' });
    const own = join(top, 'mirror.git');
    git(String(full.folder), 'config', 'uploadpack.allowFilter', 'true');
    git(top, 'clone', '-q', '--bare', '--filter=blob:none', `file://${full.folder}`, own);
    let fetches = 0;
    const fetchObjects = async (ids: readonly string[]) => {
      fetches += 1;
      const files = ids.map((id) => objectFile('.', id));
      execFileSync('cp', ['--parents', ...files, own], { cwd: String(full.folder) });
    };
    const place = { ...placeOf(own, full.commit), fetchObjects };
    await objects.readCommit(place);
    await load(place);
    expect(await layOut(place)).toBe('plan');
    expect(fetches).toBe(1);
  });
});

describe('what is read ahead', () => {
  it.each(['notes.txt', 'workplans/a.md'])(
    'when %s cannot be read, then only the call that needs it fails',
    async (path) => {
      const place = bare();
      const keys = path === 'notes.txt' ? CONTENT_KEYS : (['SCOPE.md', 'CLAUDE.md'] as const);
      rmSync(objectFile(String(place.folder), idOf(place, path)));
      const loaded = await objects.load(place, keys, { extraPaths: EXTRA });
      expect(loaded['SCOPE.md']?.value).toEqual({ state: 'present', text: 'scope' });
      await expect(layOut(place)).rejects.toMatchObject({ code: 'objects_unreadable' });
    },
  );
});

describe('what was read', () => {
  it('when another repository names the same commit, then that is read of its own objects', async () => {
    const place = bare();
    await load(place);
    const other = placeOf(makeBare(join(top, 'other.git')), place.commit);
    for (const liar of [other, { ...other, repoId: 'other' }])
      await expect(load(liar)).rejects.toMatchObject({ code: 'objects_unreadable' });
    expect((await load({ ...place, repoId: 'other' }))['SCOPE.md']?.version).toMatch(/^100644:/);
  });

  it('when two calls on a commit overlap, then both have all of it', async () => {
    const place = bare();
    await objects.readCommit(place);
    const both = await Promise.all([load(place), load(place), layOut(place)]);
    expect(both[0]).toEqual(both[1]);
    expect(both[2]).toBe('plan');
  });

  it('when it is too much or too many, then the oldest is forgotten', () => {
    const at = (commit: string) => ({ ...placeOf(top, commit) });
    const few = new KeptStores();
    for (let index = 0; index <= 32; index += 1) few.keep(at(`${index}`), { bytes: 1 });
    expect([few.take(at('0')), few.take(at('1'))]).toEqual([undefined, { bytes: 1 }]);
    expect(few.take(at('1'))).toBeUndefined();
    const large = new KeptStores();
    large.keep(at('a'), { bytes: 20 * 1024 * 1024 });
    large.keep(at('b'), { bytes: 20 * 1024 * 1024 });
    expect([large.take(at('a')), large.take(at('b'))?.bytes]).toEqual([undefined, 20 * 1024 * 1024]);
    large.keep(at('c'), { bytes: 40 * 1024 * 1024 });
    expect(large.take(at('c'))).toBeUndefined();
  });
});
