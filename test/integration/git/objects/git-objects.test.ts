/** Tests what is read of a bare repository's objects: versions, values, limits, and what is no verdict. */
import { execFileSync } from 'node:child_process';
import { rmSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { probeIsolation } from '../../../../src/checker/isolation.js';
import { Launcher } from '../../../../src/checker/launcher.js';
import { runSubprocess } from '../../../../src/checker/run-subprocess.js';
import { CONTENT_KEYS, type ContentKey } from '../../../../src/domain/input.js';
import type { GitObjects, ObjectPlace } from '../../../../src/git/objects/git-objects.js';
import { ObjectsTooLarge } from '../../../../src/git/too-large.js';
import type { ScratchFolder } from '../../../../src/platform/process/scratch-folder.js';
import { git } from '../../../helpers/git-repository.js';
import { makeTempFolder, removeFolder } from '../../../helpers/temp-folder.js';
import {
  bareOf,
  COMMITTED_AT,
  link,
  makeBare,
  type Node,
  objectFile,
  openObjects,
  placeOf,
  treeEntry,
  writeCommit,
  writeObject,
  writeTree,
} from './repositories.js';

let top: string;
let objects: GitObjects;
let scratch: ScratchFolder;
/** One repository for all commits that need none of their own. */
let shared: string;
beforeAll(async () => {
  top = await makeTempFolder('git-objects');
  shared = makeBare(join(top, 'shared.git'));
  ({ objects, scratch } = await openObjects(top));
});
afterAll(async () => {
  await scratch.close();
  await removeFolder(top);
});

function commitOf(tree: { readonly [name: string]: Node }): ObjectPlace {
  return placeOf(shared, writeCommit(shared, writeTree(shared, tree)));
}

async function loadValue(key: ContentKey, tree: { readonly [name: string]: Node }): Promise<unknown> {
  return (await objects.load(commitOf(tree), [key]))[key]?.value;
}

async function versionsOf(tree: { readonly [name: string]: Node }) {
  return (await objects.readCommit(commitOf(tree))).versions;
}

const ABSENT = Object.fromEntries(CONTENT_KEYS.map((key) => [key, 'absent']));

describe('the versions of a commit', () => {
  it.each(['sha1', 'sha256'] as const)(
    'when the repository has ids of %s, then they hold those',
    async (format) => {
      const place = bareOf(
        join(top, `${format}.git`),
        { 'SCOPE.md': 'scope', workplans: { a: 'b' } },
        format,
      );
      const { versions, ...rest } = await objects.readCommit(place);
      expect(rest).toEqual({ commit: place.commit, committedAt: COMMITTED_AT });
      const length = format === 'sha1' ? 40 : 64;
      expect(versions['SCOPE.md']).toMatch(new RegExp(`^100644:[0-9a-f]{${length}}$`));
      expect(versions.workplans).toMatch(new RegExp(`^tree:[0-9a-f]{${length}}$`));
      expect(versions['tpsc.yaml']).toBe('absent');
    },
  );

  it('when the tree is empty, then all inputs are absent', async () => {
    expect(await versionsOf({})).toEqual(ABSENT);
  });

  it('when another file stands for one that is absent, then the version names it', async () => {
    const versions = await versionsOf({ 'scope.md': '', 'AGENTS.md': '', 'tpsc.yml': '' });
    expect(versions).toMatchObject({
      'SCOPE.md': 'absent@scope.md',
      'CLAUDE.md': 'absent@AGENTS.md',
      'tpsc.yaml': 'absent@tpsc.yml',
    });
  });

  it('when a commit touches no input, then no version changes', async () => {
    const tree = { 'SCOPE.md': 'a', workplans: { a: link('b') } };
    expect(await versionsOf({ ...tree, other: '1' })).toEqual(await versionsOf({ ...tree, other: '2' }));
  });

  it.each<[string, (text: string) => { readonly [name: string]: Node }, ContentKey]>([
    ['a file', (text) => ({ 'CLAUDE.md': link('x'), x: text }), 'CLAUDE.md'],
    ['a rule', (text) => ({ '.claude': { rules: { 'a.md': link('../../x') } }, x: text }), '.claude/rules'],
    ['a workplan', (text) => ({ workplans: { 'a.md': link('../x') }, x: text }), 'workplans'],
    ['the folder', (text) => ({ workplans: link('x'), x: { a: text } }), 'workplans'],
    ['a folder above', (text) => ({ '.claude': link('x'), x: { 'CLAUDE.md': text } }), '.claude/CLAUDE.md'],
  ])('when what %s links to changes, then the version does', async (_, treeOf, key) => {
    expect((await versionsOf(treeOf('1')))[key]).not.toBe((await versionsOf(treeOf('2')))[key]);
  });

  it('when a link leads nowhere, then the version says so', async () => {
    const versions = await versionsOf({ 'SCOPE.md': link('/etc/passwd'), 'CLAUDE.md': link('gone') });
    expect(versions['SCOPE.md']).toMatch(/^120000:[0-9a-f]{40}@outside$/);
    expect(versions['CLAUDE.md']).toMatch(/^120000:[0-9a-f]{40}@missing$/);
  });
});

describe('a value', () => {
  const submodule: Node = { mode: '160000', id: 'a'.repeat(40) };
  it.each<[string, ContentKey, Node, string]>([
    ['a submodule', 'SCOPE.md', submodule, 'SCOPE.md is a submodule, not a file.'],
    ['a submodule', 'workplans', submodule, 'workplans is a submodule, not a folder.'],
    ['a folder', 'SCOPE.md', { a: '' }, 'SCOPE.md is a folder, not a file.'],
    ['a file', 'workplans', 'text', 'workplans is a file, not a folder.'],
    ['too large', 'SCOPE.md', 'x'.repeat(262_145), 'SCOPE.md is larger than 256 KiB.'],
    ['a link into .git', 'SCOPE.md', link('.git/x'), 'SCOPE.md is a link that leads out of the checkout.'],
    ['a link out', 'SCOPE.md', link('../x'), 'SCOPE.md is a link that leads out of the checkout.'],
    ['a link to itself', 'SCOPE.md', link('SCOPE.md'), 'SCOPE.md is a link that leads back to itself.'],
    ['a long link', 'SCOPE.md', link('x'.repeat(5000)), 'SCOPE.md is a link over more than 255 names.'],
    ['a link without a text', 'SCOPE.md', link(''), 'SCOPE.md is a link to something that is not there.'],
    [
      'a pointer',
      'SCOPE.md',
      'version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n',
      'SCOPE.md is a pointer of Git LFS: its text is not in git.',
    ],
  ])('when the input is %s, then %s is rejected with that reason', async (_, key, node, reason) => {
    const value = await loadValue(key, { [key]: node });
    expect(value).toEqual(key === 'workplans' ? { rejected: reason } : { state: 'rejected', reason });
  });

  it('when some rules are unsafe, then the others are read', async () => {
    const rules = {
      'b.md': 'b\r\n',
      sub: { 'a.md': 'a' },
      'l.md': link('/x'),
      '.h.md': 'h',
      't.txt': 't',
      s: submodule,
    };
    expect(await loadValue('.claude/rules', { '.claude': { rules } })).toEqual({
      state: 'present',
      files: [
        { name: 'b.md', text: 'b\n' },
        { name: 'sub/a.md', text: 'a' },
      ],
      refused: [
        '.claude/rules/l.md is a link that leads out of the checkout.',
        '.claude/rules/s is a submodule, not a file.',
      ],
    });
  });

  it.each([
    ['`..`', '..', 'workplans has an entry with a name that no checkout can have ("..").'],
    ['`.GIT`', '.GIT', 'workplans has an entry with a name that no checkout can have (".GIT").'],
    ['two names', 'a/b', 'workplans has an entry with a name that no checkout can have ("a/b").'],
    ['empty', '', 'workplans has an entry with a name that no checkout can have ("").'],
    ['of 4 KiB', 'n'.repeat(4096), 'workplans has a name of more than 255 bytes.'],
  ])('when a name is %s, then the folder is rejected and never written', async (_, name, rejected) => {
    const tree = { workplans: { [name]: { a: 'x' } } };
    expect(await loadValue('workplans', tree)).toEqual({ rejected });
    await expect(objects.layOut(commitOf(tree), [], async () => 'used')).rejects.toMatchObject({
      code: 'objects_unreadable',
      message: expect.stringContaining(rejected.slice(0, -1)),
    });
  });

  it('when a name stands twice in a folder, then that is rejected', async () => {
    const blob = writeObject(shared, 'blob', Buffer.from(''));
    const twice = writeObject(
      shared,
      'tree',
      Buffer.concat([1, 2].map(() => treeEntry('100644', 'a', blob))),
    );
    const value = await loadValue('workplans', { workplans: { mode: '40000', id: twice } });
    expect(value).toEqual({ rejected: 'workplans has two entries of one name ("a").' });
  });

  it('when a folder has too many levels or bytes, then that is rejected', async () => {
    const deep = { a: { b: { c: { d: { e: { f: '' } } } } } };
    expect(await loadValue('workplans', { workplans: deep })).toEqual({
      rejected: 'workplans has more than 5 levels of folders.',
    });
    const big = 'x'.repeat(9 * 1024 * 1024);
    expect(await loadValue('workplans', { workplans: { a: big, b: big } })).toEqual({
      rejected: 'workplans has more than 16 MiB of files.',
    });
  });
});

describe('many links', () => {
  const deep = (levels: number): Node => (levels === 0 ? { file: '' } : { d: deep(levels - 1) });
  const path = `${'d/'.repeat(20)}file`;

  it('when they lead over too many names, then the folder is rejected', async () => {
    const links = Object.fromEntries(Array.from({ length: 600 }, (_, at) => [`${at}`, link(`../${path}`)]));
    expect(await loadValue('workplans', { workplans: links, d: deep(19) })).toEqual({
      rejected: 'workplans has links over more than 10,000 names.',
    });
  });
});

describe('a million entries', () => {
  let many: string;
  beforeAll(() => {
    const blob = writeObject(shared, 'blob', Buffer.from(''));
    const entry = treeEntry('100644', '0000000.md', blob);
    const rows = Buffer.alloc(entry.length * 1_000_000);
    for (let at = 0, next = 0; at < rows.length; at += entry.length, next += 1) {
      entry.copy(rows, at);
      rows.write(String(next).padStart(7, '0'), at + '100644 '.length);
    }
    many = writeObject(shared, 'tree', rows);
  });
  const why = 'has more than 5,000 entries, or names of more than 255 bytes.';

  it.each(['workplans', '.claude/rules'] as const)('when %s has them, then it is rejected', async (key) => {
    const folder: Node = { mode: '40000', id: many };
    const tree = key === 'workplans' ? { workplans: folder } : { '.claude': { rules: folder } };
    const value = await loadValue(key, tree);
    expect(value).toEqual(
      key === 'workplans' ? { rejected: `${key} ${why}` } : { state: 'rejected', reason: `${key} ${why}` },
    );
  });

  it('when the root has them, then that is a failure', async () => {
    const place = placeOf(shared, writeCommit(shared, many));
    await expect(objects.readCommit(place)).rejects.toMatchObject({
      code: 'objects_unreadable',
      message: expect.stringContaining('has too many entries'),
    });
  });

  it('when one folder stands in another again and again, then that is rejected', async () => {
    let id = writeTree(shared, Object.fromEntries(Array.from({ length: 100 }, (_, at) => [`${at}`, ''])));
    for (let level = 0; level < 4; level += 1) {
      const folder: Node = { mode: '40000', id };
      id = writeTree(shared, Object.fromEntries(Array.from({ length: 100 }, (_, at) => [`${at}`, folder])));
    }
    expect(await loadValue('workplans', { workplans: { mode: '40000', id } })).toEqual({
      rejected: 'workplans has more than 5,000 entries.',
    });
  });
});

describe('what is broken', () => {
  const unreadable = { code: 'objects_unreadable' };
  const broken = (name: string) => bareOf(join(top, `${name}.git`), { 'SCOPE.md': `text ${name}` });
  const scopeOf = async (place: ObjectPlace) =>
    (await objects.readCommit(place)).versions['SCOPE.md'].slice(7);

  it('when an object is cut, then that is a failure and no verdict', async () => {
    const place = broken('cut');
    truncateSync(objectFile(place.folder, await scopeOf(place)), 10);
    await expect(objects.load(place, ['SCOPE.md'])).rejects.toMatchObject(unreadable);
    truncateSync(objectFile(place.folder, place.commit), 10);
    await expect(objects.readCommit(place)).rejects.toMatchObject(unreadable);
  });

  it('when an object has another content than its id says, then that is a failure', async () => {
    const place = broken('lie');
    const other = writeObject(place.folder, 'blob', Buffer.from('another text'));
    const file = objectFile(place.folder, await scopeOf(place));
    rmSync(file, { force: true });
    execFileSync('cp', [objectFile(place.folder, other), file]);
    await expect(objects.load(place, ['SCOPE.md'])).rejects.toMatchObject(unreadable);
  });

  it('when an object is missing, then that is a failure', async () => {
    const place = broken('missing');
    rmSync(objectFile(place.folder, await scopeOf(place)));
    await expect(objects.load(place, ['SCOPE.md'])).rejects.toMatchObject(unreadable);
    const nothing = { ...place, commit: 'b'.repeat(40) };
    await expect(objects.readCommit(nothing)).rejects.toMatchObject(unreadable);
  });

  it.each<[string, Buffer]>([
    ['no entry', Buffer.from('garbage')],
    ['a cut id', Buffer.from('100644 a\0abc')],
    ['a mode that is not known', treeEntry('777', 'a', 'a'.repeat(40))],
  ])('when a tree holds %s, then that is a failure', async (_, content) => {
    const id = writeObject(shared, 'tree', content);
    const place = commitOf({ workplans: { mode: '40000', id } });
    await expect(objects.readCommit(place)).rejects.toMatchObject(unreadable);
  });

  it('when a tree stands where a file should be, then that is a failure', async () => {
    const id = writeTree(shared, { a: 'b' });
    const place = commitOf({ 'SCOPE.md': { mode: '100644', id } });
    await expect(objects.load(place, ['SCOPE.md'])).rejects.toMatchObject(unreadable);
  });
});

describe('objects that a mirror lacks', () => {
  /** A repository without blobs, and the one they are fetched from. */
  function mirror(name: string, tree: { readonly [name: string]: Node }) {
    const full = bareOf(join(top, `${name}-full.git`), tree);
    const own = join(top, `${name}.git`);
    git(full.folder, 'config', 'uploadpack.allowFilter', 'true');
    git(top, 'clone', '-q', '--bare', '--filter=blob:none', `file://${full.folder}`, own);
    const calls: string[][] = [];
    const fetchObjects = async (ids: readonly string[]) => {
      calls.push([...ids]);
      for (const id of ids)
        execFileSync('cp', ['-r', '--parents', objectFile('.', id), own], { cwd: full.folder });
    };
    return { place: { ...placeOf(own, full.commit), fetchObjects }, calls };
  }

  it('when several are needed, then they are fetched at once, and the versions need none', async () => {
    const tree = {
      'SCOPE.md': 's',
      'CLAUDE.md': 'c',
      '.claude': { rules: { 'a.md': 'r' } },
      workplans: { a: 'w' },
    };
    const { place, calls } = mirror('lacking', tree);
    await objects.readCommit(place);
    expect(calls).toEqual([]);
    const loaded = await objects.load(place, CONTENT_KEYS);
    expect(loaded['SCOPE.md']?.value).toEqual({ state: 'present', text: 's' });
    expect(calls.map((ids) => ids.length)).toEqual([4]);
    await expect(objects.load({ ...place, fetchObjects: undefined }, CONTENT_KEYS)).resolves.toEqual(loaded);
  });

  it('when one is too large to be fetched, then that one alone is rejected', async () => {
    const { place } = mirror('large', { 'SCOPE.md': 'x'.repeat(300_000), 'CLAUDE.md': 'c' });
    const { versions } = await objects.readCommit(place);
    const large = versions['SCOPE.md'].slice(7);
    const fetchObjects = async (ids: readonly string[]) => {
      if (ids.includes(large)) throw new ObjectsTooLarge(new Set([large]), 1);
      await place.fetchObjects(ids);
    };
    const loaded = await objects.load({ ...place, fetchObjects }, ['SCOPE.md', 'CLAUDE.md']);
    expect(loaded['SCOPE.md']?.value).toEqual({
      state: 'rejected',
      reason: 'SCOPE.md is larger than 256 KiB.',
    });
    expect(loaded['CLAUDE.md']?.value).toEqual({ state: 'present', text: 'c' });
  });

  it('when a fetch brings nothing, then that is a failure', async () => {
    const { place } = mirror('empty', { 'SCOPE.md': 's' });
    const load = objects.load({ ...place, fetchObjects: async () => {} }, ['SCOPE.md']);
    await expect(load).rejects.toMatchObject({ code: 'objects_unreadable' });
    await expect(objects.load({ ...place, fetchObjects: undefined }, ['SCOPE.md'])).rejects.toMatchObject({
      code: 'objects_unreadable',
    });
  });
});

describe('git itself', () => {
  const place = () => commitOf({ 'SCOPE.md': 'text' });

  it('when it is missing or too old, then that is a problem of the host that names the release', async () => {
    const missing = await openObjects(top, { environment: { PATH: '/nowhere' } });
    await expect(missing.objects.readCommit(place())).rejects.toMatchObject({
      code: 'checker_missing',
      kind: 'host',
    });
    await missing.scratch.close();
    const old = join(top, 'old');
    execFileSync('mkdir', [old]);
    writeFileSync(join(old, 'git'), '#!/bin/sh\necho git version 2.35.9\n', { mode: 0o755 });
    const { objects: own, scratch: folder } = await openObjects(top, { environment: { PATH: old } });
    await expect(own.readCommit(place())).rejects.toMatchObject({
      code: 'checker_missing',
      remedy: expect.stringContaining('2.36'),
    });
    await folder.close();
  });

  it('when it is run by the launcher in the isolation of this host, then it reads the same', async () => {
    const launcher = new Launcher(process.env);
    const isolation = await probeIsolation(process.env);
    const own = await openObjects(top, { isolation, run: launcher.run });
    expect(await own.objects.readCommit(place())).toEqual(await objects.readCommit(place()));
    await own.scratch.close();
    await launcher.close();
  });

  it('when the signal is aborted, then the reason is thrown and nothing is started', async () => {
    let runs = 0;
    const run: typeof runSubprocess = (options) => {
      runs += 1;
      return runSubprocess(options);
    };
    const own = await openObjects(top, { run });
    await own.objects.readCommit(place());
    const before = runs;
    const reason = new Error('stop');
    await expect(own.objects.readCommit(place(), AbortSignal.abort(reason))).rejects.toBe(reason);
    // A run that is aborted before it starts is one that starts nothing.
    expect(runs - before).toBe(1);
    await own.scratch.close();
  });

  it('when the repository is real and packed, then its clone has the same values', async () => {
    const work = join(top, 'work');
    git(top, 'init', '-q', '-b', 'main', work);
    execFileSync('mkdir', ['-p', join(work, 'workplans')]);
    writeFileSync(join(work, 'SCOPE.md'), '# Scope\n');
    writeFileSync(join(work, 'workplans/a.md'), 'a');
    symlinkSync('SCOPE.md', join(work, 'CLAUDE.md'));
    git(work, 'add', '-A');
    git(work, 'commit', '-q', '-m', 'write');
    git(top, 'clone', '-q', '--bare', work, join(top, 'packed.git'));
    git(join(top, 'packed.git'), 'repack', '-a', '-d', '-q');
    const packed = placeOf(join(top, 'packed.git'), git(work, 'rev-parse', 'HEAD'));
    const loaded = await objects.load(packed, ['SCOPE.md', 'CLAUDE.md']);
    for (const key of ['SCOPE.md', 'CLAUDE.md'] as const)
      expect(loaded[key]?.value).toEqual({ state: 'present', text: '# Scope\n' });
  });
});
