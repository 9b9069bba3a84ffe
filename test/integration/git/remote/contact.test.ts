import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { afterAll, beforeAll, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import type { RunOptions } from '../../../../src/checker/run-subprocess.js';
import { DoiError } from '../../../../src/domain/errors.js';
import { contact } from '../../../../src/git/remote/contact.js';
import { fetchObjects } from '../../../../src/git/remote/fetch-objects.js';
import { putInPlace } from '../../../../src/git/remote/mirror.js';
import { ownMark } from '../../../../src/platform/process/process-mark.js';
import { commit, git, push } from '../../../helpers/git-repository.js';
import { startGitServer } from '../../../helpers/git-server.js';
import { type Arena, makeArena, type Remote } from './arena.js';

let arena: Arena;
let remote: Remote;
beforeAll(async () => {
  arena = await makeArena('contact');
});
beforeEach(() => {
  remote = arena.remote();
});
afterAll(() => arena.close());

const LIMITS = { totalBytes: 2 ** 20, singleBytes: 2 ** 20, timeoutMs: 20_000 };
const blob = (name: string) => git(remote.author, 'rev-parse', `HEAD:${name}`);
const has = (folder: string, id: string) =>
  git(folder, 'cat-file', '--batch-check', '--batch-all-objects').includes(id);

describe.each(['http', 'file'] as const)('a contact over %s', (protocol) => {
  const url = () => (protocol === 'http' ? arena.server.url(remote.name) : `file://${remote.path}`);

  it('when there is no mirror, then makes one with the tip and without blobs', async () => {
    const head = commit(remote.author, 'a/SCOPE.md', '# Scope\n');
    push(remote.author);
    const end = await contact(arena.deps, { url: url(), branch: null, folder: remote.mirror });
    expect(end).toMatchObject({ branch: 'main', commit: head, fetched: true, isNew: true });
    expect(git(remote.mirror, 'ls-tree', '-r', '--name-only', 'HEAD')).toContain('a/SCOPE.md');
    expect(has(remote.mirror, blob('a/SCOPE.md'))).toBe(false);
    expect(readdirSync(arena.mirrors)).not.toContainEqual(expect.stringMatching(/^\.tmp/));
    expect(readFileSync(`${remote.mirror}/HEAD`, 'utf8')).toBe('ref: refs/heads/main\n');
  });

  it('when nothing changed, then fetches nothing; and blobs are fetched by their ids', async () => {
    const wanted = { url: url(), branch: null, folder: remote.mirror };
    await contact(arena.deps, wanted);
    expect(await contact(arena.deps, wanted)).toMatchObject({ fetched: false, isNew: false });
    await fetchObjects(arena.deps, { folder: remote.mirror, ids: [blob('README.md')], limits: LIMITS });
    expect(has(remote.mirror, blob('README.md'))).toBe(true);
  });
});

describe('a contact with a mirror that is there', () => {
  const wanted = () => ({ url: `file://${remote.path}`, branch: null, folder: remote.mirror });
  const refs = () => git(remote.mirror, 'for-each-ref', '--format=%(refname)').split('\n');

  it('when the branch was pushed by force, then the mirror has the new commit', async () => {
    commit(remote.author, 'a.txt');
    push(remote.author);
    const first = await contact(arena.deps, wanted());
    git(remote.author, 'commit', '-q', '--amend', '-m', 'other');
    git(remote.author, 'push', '-q', '--force');
    const head = git(remote.author, 'rev-parse', 'HEAD');
    expect(head).not.toBe(first.commit);
    expect(await contact(arena.deps, wanted())).toMatchObject({ commit: head, fetched: true, isNew: false });
    expect(git(remote.mirror, 'rev-parse', 'HEAD')).toBe(head);
  });

  it('when the default branch was renamed, then HEAD follows and the old branch is gone', async () => {
    await contact(arena.deps, wanted());
    git(remote.path, 'branch', '-m', 'main', 'a/trunk');
    expect(await contact(arena.deps, wanted())).toMatchObject({ branch: 'a/trunk' });
    expect(readFileSync(`${remote.mirror}/HEAD`, 'utf8')).toBe('ref: refs/heads/a/trunk\n');
    expect(refs()).toEqual(['refs/heads/a/trunk']);
    // A branch cannot be beside one whose name it begins with.
    git(remote.path, 'branch', '-m', 'a/trunk', 'a');
    expect(await contact(arena.deps, wanted())).toMatchObject({ branch: 'a' });
    expect(refs()).toEqual(['refs/heads/a']);
  });

  it.each([
    ['fix', 'fix/tls'],
    ['fix/tls', 'fix'],
  ])(
    'when the default branch %s was renamed to %s, then the mirror is made again, in one fetch',
    async (from, to) => {
      git(remote.path, 'branch', '-m', 'main', from);
      await contact(arena.deps, wanted());
      git(remote.path, 'branch', '-m', from, to);
      const steps: string[] = [];
      const deps = {
        ...arena.deps,
        run: (options: RunOptions) => {
          steps.push(options.argv.join(' '));
          return arena.deps.run(options);
        },
      };
      expect(await contact(deps, wanted())).toMatchObject({ branch: to, isNew: true });
      expect(steps.filter((argv) => argv.includes('fetch'))).toHaveLength(1);
      expect(refs()).toEqual([`refs/heads/${to}`]);
    },
  );

  it('when a branch is named, then follows that one, and says that it is gone', async () => {
    git(remote.path, 'branch', 'side', 'main');
    const side = { ...wanted(), branch: 'side' };
    expect(await contact(arena.deps, side)).toMatchObject({ branch: 'side', isNew: true });
    git(remote.path, 'branch', '-D', 'side');
    await expect(contact(arena.deps, side)).rejects.toMatchObject({
      code: 'branch_missing',
      isServers: false,
    });
    expect(refs()).toEqual(['refs/heads/side']);
  });

  it('when the remote is empty, unborn or has a detached HEAD, then the branch is missing', async () => {
    const head = git(remote.path, 'rev-parse', 'HEAD');
    writeFileSync(`${remote.path}/HEAD`, `${head}\n`);
    const missing = { code: 'branch_missing' };
    await expect(contact(arena.deps, wanted())).rejects.toMatchObject(missing);
    writeFileSync(`${remote.path}/HEAD`, 'ref: refs/heads/other\n');
    await expect(contact(arena.deps, wanted())).rejects.toMatchObject(missing);
    git(remote.path, 'update-ref', '-d', 'refs/heads/main');
    await expect(contact(arena.deps, wanted())).rejects.toMatchObject(missing);
  });

  it('when the mirror is damaged, then it is made again', async () => {
    const damages: readonly (() => void)[] = [
      () => rmSync(`${remote.mirror}/objects`, { recursive: true }),
      () => writeFileSync(`${remote.mirror}/config`, '[core]\n\tbare = tr'),
      () => writeFileSync(`${remote.mirror}/refs/heads/main`, ''),
      () => {
        commit(remote.author, 'more.txt', String(Math.random()));
        push(remote.author);
        for (const name of readdirSync(`${remote.mirror}/objects/pack`))
          chmodSync(`${remote.mirror}/objects/pack/${name}`, 0o600);
        for (const name of readdirSync(`${remote.mirror}/objects/pack`))
          if (name.endsWith('.pack')) writeFileSync(`${remote.mirror}/objects/pack/${name}`, 'no pack');
      },
    ];
    await contact(arena.deps, wanted());
    for (const damage of damages) {
      damage();
      const { commit: head } = await contact(arena.deps, wanted());
      expect(git(remote.mirror, 'ls-tree', head)).toContain('README.md');
    }
    expect(await contact(arena.deps, { ...wanted(), isDamaged: true })).toMatchObject({ isNew: true });
  });

  it('when its configuration is gone, then it is made again', async () => {
    await contact(arena.deps, wanted());
    rmSync(`${remote.mirror}/config`);
    expect(await contact(arena.deps, wanted())).toMatchObject({ isNew: true });
  });

  it("when a person's folder or file stands in its place, then that is refused and stays as it is", async () => {
    const folder = remote.mirror;
    const makers: readonly (() => void)[] = [
      () => writeFileSync(folder, 'a file'),
      () => {
        mkdirSync(folder);
        writeFileSync(`${folder}/SCOPE.md`, '# Scope');
      },
      () => git(arena.folder, 'init', '-q', folder),
      () => git(arena.folder, 'init', '-q', '--bare', folder),
      () => git(arena.folder, 'clone', '-q', '--bare', remote.path, folder),
      () => {
        for (const name of ['objects', 'refs', '.git']) mkdirSync(`${folder}/${name}`, { recursive: true });
      },
    ];
    mkdirSync(arena.mirrors, { recursive: true });
    for (const make of makers) {
      make();
      const before = statSync(folder).ino;
      await expect(contact(arena.deps, { ...wanted(), isDamaged: true })).rejects.toMatchObject({
        code: 'remote_failed',
        message: expect.stringContaining(folder),
      });
      await expect(putInPlace(`${folder}.new`, folder)).rejects.toMatchObject({ code: 'remote_failed' });
      expect(statSync(folder).ino).toBe(before);
      rmSync(folder, { recursive: true });
    }
    mkdirSync(folder);
    expect(await contact(arena.deps, wanted()), 'nothing is lost with an empty folder').toMatchObject({
      isNew: true,
    });
  });

  it('when it has grown to many times its first size, then the next fetch makes it again', async () => {
    await contact(arena.deps, wanted());
    writeFileSync(`${remote.mirror}/objects/pack/old`, Buffer.alloc(4 * 2 ** 20));
    expect(await contact(arena.deps, { ...wanted(), firstBytes: 1 })).toMatchObject({ fetched: false });
    commit(remote.author, 'next.txt');
    push(remote.author);
    const { isNew, bytes } = await contact(arena.deps, { ...wanted(), firstBytes: 1 });
    expect({ isNew, isSmall: bytes < 2 ** 20 }).toEqual({ isNew: true, isSmall: true });
  });

  it('when a killed process left locks and temporary folders, then they are removed', async () => {
    await contact(arena.deps, wanted());
    const left = ['refs/heads/main.lock', 'shallow.lock', 'objects/pack/tmp_pack_x'];
    for (const name of left) {
      writeFileSync(`${remote.mirror}/${name}`, '');
      utimesSync(`${remote.mirror}/${name}`, 1, 1);
    }
    const [, birth, namespace] = ownMark().split('-');
    const folders = {
      ended: `.tmp-${2 ** 22 + 1}-${birth}-${namespace}-ab`,
      // Its id is another process's by now.
      replaced: `.tmp-1-${birth}-${namespace}-ab`,
      alive: `.tmp-${ownMark()}-ab`,
      contained: `.tmp-${2 ** 22 + 1}-${birth}-1-ab`,
      forgotten: `.tmp-${2 ** 22 + 1}-${birth}-1-cd`,
    };
    for (const name of Object.values(folders)) mkdirSync(`${arena.mirrors}/${name}`);
    utimesSync(`${arena.mirrors}/${folders.forgotten}`, 1, 1);
    commit(remote.author, 'next.txt');
    push(remote.author);
    expect(await contact(arena.deps, wanted())).toMatchObject({ fetched: true, isNew: false });
    expect(left.filter((name) => existsSync(`${remote.mirror}/${name}`))).toEqual([]);
    await contact(arena.deps, { ...wanted(), isDamaged: true });
    const names = readdirSync(arena.mirrors).filter((name) => name.startsWith('.tmp-'));
    expect(names.toSorted()).toEqual([folders.alive, folders.contained].toSorted());
    for (const name of names) rmSync(`${arena.mirrors}/${name}`, { recursive: true });
  });

  it('when a fetch fails, then what it left is removed, and not what another process writes', async () => {
    await contact(arena.deps, wanted());
    const [other, own] = ['tmp_pack_other', 'tmp_pack_own'].map(
      (name) => `${remote.mirror}/objects/pack/${name}`,
    );
    writeFileSync(other ?? '', '');
    const run: typeof arena.deps.run = (options) => {
      if (!options.argv.includes('fetch')) return arena.deps.run(options);
      writeFileSync(own ?? '', '');
      return arena.deps.run({ ...options, argv: ['sh', '-c', 'echo "fatal: early EOF" >&2; exit 128'] });
    };
    const head = commit(remote.author, 'next.txt');
    push(remote.author);
    await expect(contact({ ...arena.deps, run }, wanted())).rejects.toMatchObject({
      code: 'remote_unreachable',
    });
    expect([other, own].map((path) => existsSync(path ?? ''))).toEqual([true, false]);
    expect(await contact(arena.deps, wanted())).toMatchObject({ commit: head, isNew: false });
  });

  it('when git is killed at any moment, then the next contact brings the mirror to the tip', async () => {
    for (const ms of [1, 15, 50]) {
      const killer = ['timeout', '-s', 'KILL', String(ms / 1000)];
      const run: typeof arena.deps.run = (options) =>
        arena.deps.run(
          options.argv.includes('ls-remote') ? options : { ...options, argv: [...killer, ...options.argv] },
        );
      const head = commit(remote.author, 'next.txt', String(ms));
      push(remote.author);
      await contact({ ...arena.deps, run }, wanted()).catch((error: unknown) => {
        expect(error).toBeInstanceOf(DoiError);
      });
      expect(await contact(arena.deps, wanted())).toMatchObject({ commit: head });
      expect(git(remote.mirror, 'ls-tree', 'HEAD')).toContain('next.txt');
    }
  });
});

describe('a server', () => {
  it('when it has no filters, then the mirror has the blobs', async () => {
    const plain = await startGitServer(arena.root, { filters: false });
    onTestFinished(plain.close);
    await contact(arena.deps, { url: plain.url(remote.name), branch: null, folder: remote.mirror });
    expect(has(remote.mirror, blob('README.md'))).toBe(true);
  });

  it('when it serves plain files only, then the mirror has all objects, and follows', async () => {
    const dumb = await startGitServer(arena.root, { dumb: true });
    onTestFinished(dumb.close);
    git(remote.path, 'update-server-info');
    const wanted = { url: dumb.url(remote.name), branch: null, folder: remote.mirror };
    expect(await contact(arena.deps, wanted)).toMatchObject({ branch: 'main', isNew: true });
    expect(has(remote.mirror, blob('README.md'))).toBe(true);
    const head = commit(remote.author, 'next.txt');
    push(remote.author);
    git(remote.path, 'update-server-info');
    expect(await contact(arena.deps, wanted)).toMatchObject({ commit: head, isNew: false });
  });
});
