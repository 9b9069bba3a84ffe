/** Tests of reading branch and commit from git's files, compared with what git says. */
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { readBareHead, readHead } from '../../../src/checkout/read-head.js';
import { makeFifo, put, tempFolder } from '../inputs/checkout-files.js';

const UNKNOWN = { branch: null, commit: null, behind: null };
const WHO = ['-c', 'user.name=n', '-c', 'user.email=e@example.org', '-c', 'commit.gpgsign=false'];

function git(folder: string, ...args: string[]): string {
  return execFileSync('git', ['-C', folder, ...WHO, ...args], { encoding: 'utf8' }).trim();
}

function repository(): { folder: string; commit: string } {
  const folder = tempFolder();
  execFileSync('git', ['init', '-q', '-b', 'feature/one', folder]);
  put(folder, 'file', 'x');
  git(folder, 'commit', '-q', '--allow-empty', '-m', 'x');
  return { folder, commit: git(folder, 'rev-parse', 'HEAD') };
}

test('reads a branch, loose and packed', () => {
  const { folder, commit } = repository();
  expect(readHead(folder)).toEqual({ branch: 'feature/one', commit, behind: null });
  git(folder, 'pack-refs', '--all');
  expect(readHead(folder)).toEqual({ branch: 'feature/one', commit, behind: null });
});

test('when HEAD is a link, then it reads the branch that the link names, and no other file', () => {
  const { folder, commit } = repository();
  const head = join(folder, '.git/HEAD');
  rmSync(head);
  symlinkSync('refs/heads/feature/one', head);
  expect(readHead(folder)).toEqual({ branch: 'feature/one', commit, behind: null });
  rmSync(head);
  symlinkSync('/etc/hostname', head);
  expect(readHead(folder)).toEqual(UNKNOWN);
});

test('reads a detached head', () => {
  const { folder, commit } = repository();
  git(folder, 'checkout', '-q', '--detach');
  expect(readHead(folder)).toEqual({ branch: null, commit, behind: null });
});

test('reads a linked working tree, which git’s own folder names as its own', () => {
  const { folder, commit } = repository();
  const tree = join(tempFolder(), 'tree');
  git(folder, 'worktree', 'add', '-q', '-b', 'two', tree);
  expect(readHead(tree)).toEqual({ branch: 'two', commit, behind: null });
});

test('a .git file cannot make it read a repository that does not name the checkout', () => {
  const { folder } = repository();
  git(folder, 'worktree', 'add', '-q', '-b', 'two', join(tempFolder(), 'tree'));
  for (const target of [join(folder, '.git'), join(folder, '.git/worktrees/tree')]) {
    const hostile = tempFolder();
    put(hostile, '.git', `gitdir: ${target}\n`);
    expect(readHead(hostile)).toEqual(UNKNOWN);
  }
});

test('a .git link to the outside is not followed', () => {
  const { folder } = repository();
  const hostile = tempFolder();
  symlinkSync(join(folder, '.git'), join(hostile, '.git'));
  expect(readHead(hostile)).toEqual(UNKNOWN);
});

// Replaces `.git` by a link and back, without end.
const SWAP = `
  const { renameSync, symlinkSync, unlinkSync } = require('node:fs');
  const [git, other] = process.argv.slice(1);
  console.log('swapping');
  for (;;) {
    renameSync(git, git + '.own');
    symlinkSync(other, git);
    unlinkSync(git);
    renameSync(git + '.own', git);
  }`;

test('when .git is swapped for a link while it is read, the other repository is never shown', async () => {
  const { folder, commit } = repository();
  const other = repository();
  git(other.folder, 'checkout', '-q', '-b', 'private');
  const swapper = spawn(process.execPath, ['-e', SWAP, join(folder, '.git'), join(other.folder, '.git')]);
  onTestFinished(() => void swapper.kill('SIGKILL'));
  await once(swapper.stdout, 'data');
  const seen = new Set<string>();
  for (const until = Date.now() + 1000; Date.now() < until; ) seen.add(JSON.stringify(readHead(folder)));
  const own = JSON.stringify({ branch: 'feature/one', commit, behind: null });
  expect([...seen].filter((state) => state !== own && !state.includes('"commit":null'))).toEqual([]);
  expect([...seen].filter((state) => state.includes('private'))).toEqual([]);
});

test.each([
  '',
  'ref: ../../secret',
  'ref: refs/heads/../../../secret',
  'ref: refs/heads/.invalid',
  'ref: refs/tags/x',
  'no commit',
  `ref: refs/heads/${'a/'.repeat(1000)}`,
])('when HEAD says %j, then branch and commit are unknown', (head) => {
  const folder = tempFolder();
  put(folder, '.git/HEAD', `${head}\n`);
  expect(readHead(folder)).toEqual(UNKNOWN);
});

test('without git, with a pipe for HEAD, or with a reference that is no commit, the commit is unknown', () => {
  const folder = tempFolder();
  expect(readHead(folder)).toEqual(UNKNOWN);
  mkdirSync(join(folder, '.git'));
  makeFifo(join(folder, '.git/HEAD'));
  expect(readHead(folder)).toEqual(UNKNOWN);
  const other = tempFolder();
  put(other, '.git/HEAD', 'ref: refs/heads/main\n');
  put(other, '.git/refs/heads/main', 'x');
  expect(readHead(other)).toEqual({ branch: 'main', commit: null, behind: null });
  writeFileSync(join(other, '.git/refs/heads/main'), `${'a'.repeat(40)}\n`);
  expect(readHead(other)).toEqual({ branch: 'main', commit: 'a'.repeat(40), behind: null });
});

describe('the head of a bare repository', () => {
  const commit = 'a'.repeat(40);
  function bare(head: string): string {
    const folder = tempFolder();
    put(folder, 'HEAD', head);
    put(folder, 'refs/heads/main', `${commit}\n`);
    return folder;
  }

  test('when HEAD is a link to a branch, then that branch is read, be it born or not', () => {
    for (const [name, found] of [
      ['main', commit],
      ['unborn', null],
    ] as const) {
      const folder = bare('');
      rmSync(join(folder, 'HEAD'));
      symlinkSync(`refs/heads/${name}`, join(folder, 'HEAD'));
      expect(readBareHead(folder, null)).toEqual({ branch: name, commit: found });
    }
  });

  test('when HEAD names a branch or a commit, then that is read', () => {
    expect(readBareHead(bare('ref: refs/heads/main\n'), null)).toEqual({ branch: 'main', commit });
    expect(readBareHead(bare(`${commit}\n`), null)).toEqual({ branch: 'HEAD', commit });
  });

  test.each([null, 'main'])('when its references are a reftable, then %j is refused', (wanted) => {
    const folder = bare('ref: refs/heads/.invalid\n');
    rmSync(join(folder, 'refs/heads'), { recursive: true });
    put(folder, 'refs/heads', 'this repository uses the reftable format\n');
    put(folder, 'reftable/tables.list', '');
    expect(() => readBareHead(folder, wanted)).toThrow(
      expect.objectContaining({ code: 'objects_unreadable', message: expect.stringContaining('reftable') }),
    );
  });
});
