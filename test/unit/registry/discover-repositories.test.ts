import { execFileSync } from 'node:child_process';
import { mkdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { discoverRepositories, levelsWithin } from '../../../src/registry/discover-repositories.js';
import { makeTempFolder, removeFolder } from '../../helpers/temp-folder.js';

let root: string;
beforeEach(async () => {
  root = await makeTempFolder('discover');
});
afterEach(() => removeFolder(root));

describe('discovering repositories', () => {
  it('finds repositories up to three folders below, sorted, and none within them', async () => {
    await addRepositories('b', 'a/one', 'a/b/c', 'a/b/c/inner', 'x/y/z/deep');
    const found = await discoverRepositories([root]);
    expect(found.repositories).toEqual([
      { path: join(root, 'a/b/c'), name: 'c', isBare: false },
      { path: join(root, 'a/one'), name: 'one', isBare: false },
      { path: join(root, 'b'), name: 'b', isBare: false },
    ]);
    expect(found.skipped).toEqual([]);
    expect(found.deeper).toEqual({ count: 1, first: join(root, 'x/y/z/deep') });
    const deep = await discoverRepositories([root], 4);
    expect(deep.repositories.map(({ name }) => name)).toContain('deep');
    expect(deep.deeper).toBeNull();
  });

  it('lists repositories in dot folders and within repositories as skipped, and finds each by its own path', async () => {
    await addRepositories(
      '.github',
      'meta/sub/inner',
      'meta/sub/inner/inmost',
      'meta/.github',
      'meta/.cache/tool',
      'meta/.cache/far/down',
      'deep/.dot',
      'deep/.trees/feat',
      'deep/.trees/far/down',
      'deep/side/.trees/feat',
    );
    await addRepositories('meta');
    const { repositories, skipped } = await discoverRepositories([root]);
    expect(repositories.map(({ name }) => name)).toEqual(['meta']);
    expect(skipped).toEqual([
      { path: join(root, '.github'), why: expect.stringContaining('begins with a dot') },
      { path: join(root, 'deep/.dot'), why: expect.stringContaining('begins with a dot') },
      {
        path: join(root, 'deep/.trees/feat'),
        why: expect.stringContaining(`in ${join(root, 'deep/.trees')}, whose name begins with a dot`),
      },
      ...['.cache/tool', '.github', 'sub/inner'].map((name) => ({
        path: join(root, 'meta', name),
        why: expect.stringContaining(`within the repository ${join(root, 'meta')}`),
      })),
    ]);
    const named = await discoverRepositories([root, ...skipped.map(({ path }) => path)]);
    expect(named.repositories).toHaveLength(7);
    expect(named.skipped.map(({ path }) => path)).toEqual([join(root, 'meta/sub/inner/inmost')]);
  });

  it('reads no more than 500 folders within a repository', async () => {
    await addRepositories('wide');
    for (let n = 0; n < 600; n += 1) await addRepositories(`wide/${n}`);
    expect((await discoverRepositories([root])).skipped).toHaveLength(499);
  });

  it('enters neither node_modules, nor dot folders, nor links', async () => {
    await addRepositories('ok', 'node_modules/dep', '.cache/tool', 'far/away/down/below');
    await symlink(join(root, 'far/away/down'), join(root, 'link'));
    const { repositories } = await discoverRepositories([root]);
    expect(repositories.map(({ name }) => name)).toEqual(['ok']);
  });

  it('finds a path that is a repository itself, and each repository once', async () => {
    await addRepositories('repo');
    await symlink(join(root, 'repo'), join(root, 'alias'));
    const { repositories } = await discoverRepositories([join(root, 'repo'), root, join(root, 'alias')], 1);
    expect(repositories).toEqual([{ path: join(root, 'repo'), name: 'repo', isBare: false }]);
  });

  it('finds worktrees of any name beside a bare repository, and none in it', async () => {
    await addRepositories('proj/info', 'proj/hooks', 'store.git/info', 'store.git/tree');
    for (const path of ['proj/.bare', 'store.git']) {
      execFileSync('git', ['init', '--quiet', '--bare', join(root, path)]);
      await mkdir(join(root, path, 'worktrees/tree'), { recursive: true });
    }
    await writeFile(join(root, 'proj/.git'), 'gitdir: ./.bare\n');
    const { repositories, skipped } = await discoverRepositories([root]);
    const found = ['proj/hooks', 'proj/info', 'store.git/tree'].map((path) => join(root, path));
    expect(repositories.map(({ path }) => path)).toEqual(found);
    expect(skipped.map(({ path }) => path)).toEqual([join(root, 'proj'), join(root, 'store.git')]);
  });

  it('finds bare repositories without worktrees, lists those in dot folders and within others, and enters none', async () => {
    await addRepositories('repo');
    for (const path of ['srv/a.git', 'srv/plain', 'repo/fixture.git', '.dot', 'srv/a.git/hooks/within'])
      execFileSync('git', ['init', '--quiet', '--bare', join(root, path)]);
    const { repositories, skipped, deeper } = await discoverRepositories([root]);
    expect(repositories).toEqual([
      { path: join(root, 'repo'), name: 'repo', isBare: false },
      { path: join(root, 'srv/a.git'), name: 'a.git', isBare: true },
      { path: join(root, 'srv/plain'), name: 'plain', isBare: true },
    ]);
    expect(skipped.map(({ path }) => path)).toEqual([join(root, '.dot'), join(root, 'repo/fixture.git')]);
    expect(deeper).toBeNull();
  });

  it('when a bare repository with worktrees is given itself, then finds it, and below a folder only its worktrees', async () => {
    const store = join(root, 'store.git');
    execFileSync('git', ['init', '--quiet', '--bare', store]);
    await mkdir(join(store, 'worktrees/tree'), { recursive: true });
    await addRepositories('store.git/tree');
    const given = await discoverRepositories([store], 0);
    expect(given.repositories).toEqual([{ path: store, name: 'store.git', isBare: true }]);
    const below = await discoverRepositories([root]);
    expect(below.repositories.map(({ path }) => path)).toEqual([join(store, 'tree')]);
    expect(below.skipped).toMatchObject([
      { path: store, remedy: expect.stringContaining('without --discover') },
    ]);
  });

  it('lists each given path without a repository as skipped, at every depth', async () => {
    await addRepositories('good');
    await mkdir(join(root, 'good/src'));
    await mkdir(join(root, 'empty'));
    const paths = ['good', 'good/src', 'empty'].map((name) => join(root, name));
    for (const [depth, why] of [
      [0, 'not a git repository'],
      [2, 'or up to 2 folders below'],
    ] as const) {
      const { repositories, skipped } = await discoverRepositories(paths, depth);
      expect(repositories.map(({ name }) => name)).toEqual(['good']);
      expect(skipped).toMatchObject([
        { path: join(root, 'empty'), why: expect.stringContaining(why) },
        { path: join(root, 'good/src'), remedy: expect.stringContaining(`${join(root, 'good')} is the`) },
      ]);
    }
  });

  it('counts the remaining levels from the nearest given path, also from the root folder', () => {
    expect(levelsWithin('/src/a/repo', ['/'], 3)).toBe(0);
    expect(levelsWithin('/src/a/repo', ['/', '/src'], 3)).toBe(1);
    expect(levelsWithin('/src/a/repo', ['/', '/src', '/src/a/re'], 3)).toBe(1);
  });

  it('skips a folder without a checkout of its own, or with a .git that leads elsewhere, and continues', async () => {
    await addRepositories('repo');
    await writeFile(join(root, 'repo/file'), '');
    await mkdir(join(root, 'lost'));
    await writeFile(join(root, 'lost/.git'), 'gitdir: ../repo/.git/worktrees/x\n');
    await mkdir(join(root, 'linked'));
    await symlink(join(root, 'repo/.git'), join(root, 'linked/.git'));
    await mkdir(join(root, 'apart'));
    execFileSync('git', ['init', '--quiet', '--separate-git-dir', join(root, 'store'), join(root, 'apart')]);
    const { repositories, skipped } = await discoverRepositories([root]);
    expect(repositories.map(({ name }) => name)).toEqual(['apart', 'repo']);
    expect(skipped).toMatchObject([
      { path: join(root, 'linked'), why: expect.stringContaining(`another checkout, ${join(root, 'repo')}`) },
      { path: join(root, 'lost'), why: expect.stringContaining('nothing is there') },
      { path: join(root, 'store'), why: expect.stringContaining('the repository of a checkout') },
    ]);
    await expect(discoverRepositories([join(root, 'lost')])).rejects.toMatchObject({
      code: 'no_repositories',
      remedy: expect.stringContaining('git worktree repair'),
    });
  });

  it('skips a folder that it cannot read, and continues', async () => {
    // A path longer than the system takes is refused to every user, root included.
    const base = join(root, ...Array.from({ length: 19 }, () => 'd'.repeat(209)));
    const long = 'l'.repeat(250);
    await mkdir(join(base, 'ok/.git'), { recursive: true });
    await writeFile(join(base, 'ok/.git/HEAD'), 'ref: refs/heads/main\n');
    execFileSync('mkdir', [long], { cwd: base });
    try {
      const { repositories, skipped } = await discoverRepositories([base]);
      expect(repositories.map(({ name }) => name)).toEqual(['ok']);
      expect(skipped).toEqual([{ path: join(base, long), why: 'It could not be read (ENAMETOOLONG).' }]);
    } finally {
      execFileSync('rmdir', [long], { cwd: base });
    }
  });

  it('refuses a path that is not a folder', async () => {
    await writeFile(join(root, 'file'), '');
    for (const name of ['file', 'missing'])
      await expect(discoverRepositories([join(root, name)])).rejects.toMatchObject({ code: 'not_a_folder' });
  });

  it('when it finds nothing, then says where it searched, and names the repository around the folder', async () => {
    await addRepositories('repo');
    await mkdir(join(root, 'repo/src'));
    await mkdir(join(root, 'empty'));
    await expect(discoverRepositories([join(root, 'empty')])).rejects.toMatchObject({
      code: 'no_repositories',
      message: expect.stringContaining(join(root, 'empty')),
    });
    await expect(discoverRepositories([join(root, 'repo/src')])).rejects.toMatchObject({
      code: 'no_repositories',
      remedy: expect.stringContaining(`${join(root, 'repo')} is the repository's root`),
    });
  });
});

async function addRepositories(...paths: string[]): Promise<void> {
  for (const path of paths) {
    await mkdir(join(root, path, '.git'), { recursive: true });
    await writeFile(join(root, path, '.git/HEAD'), 'ref: refs/heads/main\n');
  }
}
