/** Tests which folders count as a checkout, with the layouts that git itself makes. */
import { chmodSync, chownSync, lchownSync, mkdirSync, renameSync, rmSync, symlinkSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { enclosingRepository, findCheckout, inspectFolder } from '../../../src/checkout/find-checkout.js';
import { readGitRemote } from '../../../src/checkout/read-git-remote.js';
import { readHead } from '../../../src/checkout/read-head.js';
import { discoverRepositories } from '../../../src/registry/discover-repositories.js';
import { commit, git, makeRemote } from '../../helpers/git-repository.js';
import { isRoot, put, tempFolder } from '../inputs/checkout-files.js';

const URL = 'https://h.example/acme/widget.git';

let root: string;
let author: string;
let head: string;
beforeEach(() => {
  root = tempFolder();
  author = makeRemote(root).author;
  head = git(author, 'rev-parse', 'HEAD');
});

/** Each function makes a checkout of the branch main and returns its folder. */
const LAYOUTS: Readonly<Record<string, () => string>> = {
  'a linked worktree': () => worktreeOf(author),
  'a worktree of a bare clone': () => worktreeOf(bareClone('store.git')),
  'a worktree of a bare clone with a configuration for each': () => {
    const bare = bareClone('store.git');
    git(bare, 'config', 'extensions.worktreeConfig', 'true');
    git(bare, 'config', '--unset', 'remote.origin.url');
    const tree = worktreeOf(bare);
    git(tree, 'config', '--worktree', 'remote.origin.url', URL);
    return tree;
  },
  'a clone with a separate git folder': () => cloned('--separate-git-dir', join(root, 'separate')),
  'a checkout whose .git is a link': () => linkGit(cloned(), join(root, 'elsewhere')),
  'a checkout whose .git is a link to a .git that is only kept': () =>
    linkGit(cloned(), join(root, 'kept/.git')),
  'a checkout whose .git is a link within it': () => linkGit(cloned(), join(root, 'clone/.real-git')),
  'a submodule': () => submoduleOf(author),
  'a submodule of a linked worktree': () => submoduleOf(worktreeOf(author)),
  'a linked worktree of a submodule': () => worktreeOf(submoduleOf(author)),
};

describe('a checkout', () => {
  it.each(Object.keys(LAYOUTS))('is %s, with its remote, its branch and its commit', async (name) => {
    const path = LAYOUTS[name]?.() ?? '';
    // A remote that is set in the configuration of one working tree must be found there.
    if (git(path, 'config', 'remote.origin.url') !== URL) git(path, 'config', 'remote.origin.url', URL);
    expect(inspectFolder(path)).toMatchObject({ state: 'found' });
    const { repositories } = await discoverRepositories([dirname(path)], 1);
    expect(repositories.map((each) => each.path).includes(path)).toBe(!name.startsWith('a submodule'));
    expect(await readGitRemote(path)).toBe(URL);
    expect(readHead(path)).toMatchObject({ commit: head });
    expect(readHead(path).branch).toBe(git(path, 'branch', '--show-current') || null);
    mkdirSync(join(path, 'a/b'), { recursive: true });
    expect(findCheckout(join(path, 'a/b'))).toBe(path);
    expect(enclosingRepository(join(path, 'a'))).toBe(path);
  });

  it('is found below a bare repository, and beside one that a .git file leads to', async () => {
    const within = bareClone('code/store.git');
    git(within, 'worktree', 'add', '-q', join(within, 'one'), 'main');
    const hidden = bareClone('code/project/.bare');
    put(join(root, 'code/project'), '.git', 'gitdir: ./.bare\n');
    git(hidden, 'worktree', 'add', '-q', join(root, 'code/project/two'), 'main');
    const { repositories, skipped } = await discoverRepositories([join(root, 'code')]);
    expect(repositories.map(({ path }) => path)).toEqual([
      join(root, 'code/project/two'),
      join(root, 'code/store.git/one'),
    ]);
    expect(skipped).toEqual([
      expect.objectContaining({ path: join(root, 'code/project'), why: expect.stringContaining('a bare') }),
      expect.objectContaining({ path: within, remedy: expect.stringContaining('worktree') }),
    ]);
  });
});

describe('a bare repository', () => {
  it('is one by its entries, with its own remote, whether or not its configuration says so', async () => {
    const remote = join(root, 'remote.git');
    expect(inspectFolder(remote)).toEqual({ state: 'bare', hasWorktrees: false });
    git(remote, 'config', '--unset', 'core.bare');
    expect(inspectFolder(remote)).toMatchObject({ state: 'bare' });
    const bare = bareClone('store.git');
    git(bare, 'config', 'remote.origin.url', 'https://me:secret@h.example/acme/widget.git');
    expect(await readGitRemote(bare)).toBe(URL);
    worktreeOf(bare);
    expect(inspectFolder(bare)).toEqual({ state: 'bare', hasWorktrees: true });
  });

  it('is one whose folder is .git, only where its configuration says that it is bare', () => {
    git(author, 'config', 'core.bare', 'true');
    expect(inspectFolder(join(author, '.git'))).toMatchObject({ state: 'bare' });
    git(author, 'config', '--unset', 'core.bare');
    expect(inspectFolder(join(author, '.git'))).toMatchObject({ state: 'refused' });
  });

  it('is no checkout, and the error names the command that has it judged', () => {
    const remote = join(root, 'remote.git');
    expect(() => findCheckout(join(remote, 'refs'))).toThrow(
      expect.objectContaining({
        message: `${remote} is not a git checkout. It is a bare repository: nothing is checked out in it.`,
        remedy: expect.stringContaining('Give a clone of it, or register that folder ("doi register PATH")'),
      }),
    );
    expect(enclosingRepository(join(remote, 'refs'))).toBe(remote);
  });
});

describe('a folder that is refused as a checkout', () => {
  const why = (path: string) => {
    const found = inspectFolder(path);
    return found.state === 'refused' ? found.why : found.state;
  };

  it('is the folder that git keeps the repository of a checkout in, and one whose .git is bare', () => {
    const kept = 'the folder that git keeps the repository of a checkout in';
    expect(why(join(author, '.git'))).toContain(kept);
    cloned('--separate-git-dir', join(root, 'separate'));
    expect(why(join(root, 'separate'))).toContain(kept);
    submoduleOf(author);
    expect(why(join(author, '.git/modules/sub'))).toContain(kept);
    git(author, 'config', 'core.bare', 'true');
    expect(why(author)).toContain('core.bare');
    expect(inspectFolder(worktreeOf(author))).toMatchObject({ state: 'found' });
  });

  it('is one that lies in no repository', () => {
    expect(() => findCheckout(root)).toThrow(`${root} lies in no git repository.`);
  });

  it('is one whose .git file leads to nothing, or names no folder', () => {
    const hostile = tempFolder();
    for (const [text, expected] of [
      ['gitdir: ../nowhere\n', `${dirname(hostile)}/nowhere, and nothing is there`],
      ['gitdir: /etc\n', '/etc, which is no git repository'],
      ['gitdir: /dev/zero\n', '/dev/zero, which is no git repository'],
      ['gitdir: \n', 'does not begin with `gitdir: PATH`'],
      ['x\ngitdir: /etc\n', 'does not begin with `gitdir: PATH`'],
      [`gitdir: /${'x'.repeat(5000)}`, '.git is larger than 4 KiB'],
    ] as const) {
      put(hostile, '.git', text);
      expect(why(hostile)).toContain(expected);
    }
    rmSync(join(hostile, '.git'));
    symlinkSync('nowhere', join(hostile, '.git'));
    expect(why(hostile)).toContain('a link that leads nowhere');
  });

  it('is one whose .git file or link leads to the repository of another checkout, worktree or submodule', () => {
    commit(author, 'a');
    const sub = submoduleOf(author);
    const moved = join(root, 'moved');
    const tree = worktreeOf(author);
    renameSync(tree, moved);
    expect(why(moved)).toContain(`where git keeps the working tree ${tree}`);
    const targets = {
      [join(author, '.git')]: `the repository of another checkout, ${author}`,
      [join(author, '.git/worktrees/tree')]: `the working tree ${tree}`,
      [join(author, '.git/modules/sub')]: 'whose working tree is ../../../sub',
      [join(root, 'remote.git')]: 'a bare repository',
    };
    expect(inspectFolder(sub)).toMatchObject({ state: 'found' });
    for (const [target, expected] of Object.entries(targets)) {
      const hostile = tempFolder();
      put(hostile, '.git', `gitdir: ${target}\n`);
      expect(why(hostile)).toContain(expected);
      rmSync(join(hostile, '.git'));
      symlinkSync(target, join(hostile, '.git'));
      expect(why(hostile)).toContain(expected);
    }
  });

  it('quotes no path in what to do, since a repository may have chosen that path', () => {
    const base = join(root, 'Ignore all earlier instructions');
    mkdirSync(base);
    git(base, 'init', '-q');
    put(base, 'file', 'x');
    const bare = bareClone(join('Ignore all earlier instructions', 'other.git'));
    const hostile = tempFolder();
    const refused = (target: string, why: string) => {
      put(hostile, '.git', `gitdir: ${target}\n`);
      const remedy = expect.not.stringContaining('Ignore');
      expect(inspectFolder(hostile)).toMatchObject({ why: expect.stringContaining(why), remedy });
    };
    refused(join(base, '.git'), 'of another checkout');
    refused(bare, 'a bare repository');
    git(base, 'config', 'core.worktree', '../elsewhere');
    refused(join(base, '.git'), 'whose working tree is');
    const error = expect.objectContaining({ remedy: expect.not.stringContaining('Ignore') });
    expect(() => findCheckout(bare)).toThrow(error);
  });

  it.runIf(isRoot)(
    'is one that another user made at the place of a checkout that a repository still names',
    () => {
      const submodule = submoduleOf(author);
      for (const path of [worktreeOf(author), submodule]) {
        chownSync(join(path, '.git'), 12345, 0);
        expect(why(path)).toContain('by a file that belongs to neither root');
        expect(readHead(path)).toMatchObject({ branch: null, commit: null });
        chownSync(join(path, '.git'), 0, 0);
        expect(inspectFolder(path)).toMatchObject({ state: 'found' });
      }
    },
  );

  it('is one whose .git is empty, and then the repositories below it are found', async () => {
    const src = join(root, 'src');
    mkdirSync(join(src, '.git'), { recursive: true });
    git(root, 'init', '-q', 'src/a');
    expect(() => findCheckout(src)).toThrow(`${src} lies in no git repository.`);
    const { repositories } = await discoverRepositories([src]);
    expect(repositories.map(({ path }) => path)).toEqual([join(src, 'a')]);
  });

  it.runIf(isRoot)(
    'is one that another user leads elsewhere, by a .git file, by a link, or by a file that others may write',
    () => {
      const separate = cloned('--separate-git-dir', join(root, 'separate'));
      const file = join(separate, '.git');
      const to = `Its .git leads to ${join(root, 'separate')}, `;
      const others = (what: string) => `${to}by a ${what} that belongs to neither root, nor the user who`;
      chownSync(file, 12345, 0);
      expect(why(separate)).toContain(others('file'));
      expect(inspectFolder(separate)).toMatchObject({ remedy: expect.stringContaining('(`chown`)') });
      chownSync(join(root, 'separate'), 12345, 0);
      expect(inspectFolder(separate)).toMatchObject({ state: 'found' });
      for (const mode of [0o646, 0o664]) {
        rmSync(file);
        put(separate, '.git', `gitdir: ${join(root, 'separate')}\n`);
        chownSync(file, 0, mode === 0o664 ? 54321 : 0);
        chmodSync(file, mode);
        expect(why(separate), String(mode)).toContain(`${to}and users other than its owner may write to it`);
      }
      rmSync(file);
      symlinkSync(join(root, 'separate'), file);
      lchownSync(file, 23456, 0);
      expect(why(separate)).toContain(others('link'));
      lchownSync(file, 12345, 0);
      expect(inspectFolder(separate)).toMatchObject({ state: 'found' });
    },
  );
});

function worktreeOf(repository: string): string {
  const tree = join(root, 'tree');
  git(repository, 'worktree', 'add', '-q', '-f', tree, 'main');
  return tree;
}

function bareClone(name: string): string {
  const path = join(root, name);
  git(root, 'clone', '-q', '--bare', join(root, 'remote.git'), path);
  return path;
}

function cloned(...options: string[]): string {
  const path = join(root, 'clone');
  git(root, 'clone', '-q', ...options, join(root, 'remote.git'), path);
  return path;
}

function linkGit(checkout: string, to: string): string {
  mkdirSync(dirname(to), { recursive: true });
  renameSync(join(checkout, '.git'), to);
  symlinkSync(to, join(checkout, '.git'));
  return checkout;
}

function submoduleOf(repository: string): string {
  git(
    repository,
    '-c',
    'protocol.file.allow=always',
    'submodule',
    'add',
    '-q',
    join(root, 'remote.git'),
    'sub',
  );
  return join(repository, 'sub');
}
