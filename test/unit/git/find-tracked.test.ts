import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { bytePath } from '../../../src/checkout/byte-path.js';
import { findTracked } from '../../../src/git/find-tracked.js';
import { commit, git } from '../../helpers/git-repository.js';
import { makeTempFolder, removeFolder } from '../../helpers/temp-folder.js';

let root: string;
beforeEach(async () => {
  root = await makeTempFolder('tracked');
});
afterEach(() => removeFolder(root));

const PATHS = ['SCOPE.md', 'CLAUDE.md', 'workplans/README.md'];
const find = (folder = root, path = process.env['PATH']) =>
  findTracked(bytePath(folder), PATHS, { PATH: path });

describe.each(['sha1', 'sha256'])('in a repository of %s', (format) => {
  beforeEach(() => {
    git(root, 'init', '-q', `--object-format=${format}`);
  });

  it('without a commit, nothing is tracked', async () => {
    expect(await find()).toEqual({ state: 'known', paths: [], sparse: [], below: [], indexed: [] });
  });

  it('a file of the last commit is tracked, though it was deleted in the folder and in the index', async () => {
    commit(root, 'SCOPE.md');
    commit(root, 'workplans/README.md');
    git(root, 'rm', '-q', 'SCOPE.md');
    rmSync(join(root, 'workplans'), { recursive: true });
    expect(await find()).toEqual({
      ...{ state: 'known', paths: ['SCOPE.md', 'workplans/README.md'], sparse: [] },
      ...{ below: ['workplans/README.md'], indexed: ['workplans/README.md'] },
    });
  });

  it('a file that was only added is tracked', async () => {
    writeFileSync(join(root, 'CLAUDE.md'), 'x');
    git(root, 'add', '-A');
    rmSync(join(root, 'CLAUDE.md'));
    expect(await find()).toMatchObject({ state: 'known', paths: ['CLAUDE.md'], sparse: [] });
  });

  it('a file that a sparse checkout leaves out is not deleted, nor is one in a folder of such files', async () => {
    for (const path of ['SCOPE.md', 'CLAUDE.md', 'workplans/a.md']) commit(root, path);
    git(root, 'sparse-checkout', 'set', '--no-cone', '/CLAUDE.md');
    rmSync(join(root, 'CLAUDE.md'));
    const sparse = ['SCOPE.md', 'workplans/README.md'];
    expect(await find()).toMatchObject({ state: 'known', paths: ['CLAUDE.md'], sparse });
  });

  it('of packed objects and a linked worktree, the same is found', async () => {
    commit(root, 'SCOPE.md');
    git(root, 'gc', '-q');
    git(root, 'worktree', 'add', '-q', join(root, 'tree'), '-b', 'other');
    rmSync(join(root, 'tree/SCOPE.md'));
    expect(await find(join(root, 'tree'))).toMatchObject({ state: 'known', paths: ['SCOPE.md'], sparse: [] });
  });
});

it('no program that the configuration of the checkout names is started', async () => {
  git(root, 'init', '-q');
  commit(root, 'SCOPE.md');
  const proof = join(root, 'started');
  const program = join(root, 'program');
  mkdirSync(join(root, 'hooks'));
  for (const file of [program, join(root, 'hooks/post-index-change')])
    writeFileSync(file, `#!/bin/sh\ntouch ${proof}\n`, { mode: 0o755 });
  git(root, 'config', 'core.fsmonitor', program);
  git(root, 'config', 'core.hooksPath', join(root, 'hooks'));
  git(root, 'config', 'filter.x.clean', program);
  writeFileSync(join(root, '.gitattributes'), '* filter=x\n');
  expect(await find()).toMatchObject({ state: 'known', paths: ['SCOPE.md'], sparse: [] });
  expect(existsSync(proof)).toBe(false);
  // The same repository does start it where git is run in it.
  execFileSync('git', ['-C', root, 'status'], { stdio: 'ignore' });
  expect(existsSync(proof)).toBe(true);
});

it('when git is missing or cannot read the repository, then that is not known', async () => {
  git(root, 'init', '-q');
  expect(await find(root, '/nowhere')).toMatchObject({ state: 'unknown', why: 'git is not on the PATH' });
  writeFileSync(join(root, '.git/index'), 'broken');
  expect(await find()).toMatchObject({ state: 'unknown', why: 'git could not read it' });
  writeFileSync(join(root, '.git/HEAD'), 'broken\n');
  expect(await find()).toMatchObject({ state: 'unknown' });
});
