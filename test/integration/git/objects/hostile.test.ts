/** Tests bare repositories that are made to do harm: nothing that they hold is started, and nothing outside is read. */
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { deflateSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CONTENT_KEYS } from '../../../../src/domain/input.js';
import type { GitObjects, ObjectPlace } from '../../../../src/git/objects/git-objects.js';
import type { ScratchFolder } from '../../../../src/platform/process/scratch-folder.js';
import { git } from '../../../helpers/git-repository.js';
import { makeTempFolder, removeFolder } from '../../../helpers/temp-folder.js';
import { bareOf, objectFile, openObjects, placeOf, writeCommit, writeTree } from './repositories.js';

const TREE = { 'SCOPE.md': 'own text', workplans: { 'a.md': 'plan' }, '.gitattributes': '* filter=evil\n' };

let top: string;
let objects: GitObjects;
let scratch: ScratchFolder;
/** A repository that no other may read. */
let secret: ObjectPlace;
/** What an attack that succeeds makes. */
let mark: string;
beforeAll(async () => {
  top = await makeTempFolder('git-hostile');
  mark = join(top, 'started');
  secret = bareOf(join(top, 'secret.git'), { 'SCOPE.md': 'secret text' });
  // Of this process, git gets none but a few variables.
  const environment = { ...process.env, GIT_ALTERNATE_OBJECT_DIRECTORIES: join(secret.folder, 'objects') };
  ({ objects, scratch } = await openObjects(top, { environment }));
});
afterAll(async () => {
  await scratch.close();
  await removeFolder(top);
});

let made = 0;
function hostile(): ObjectPlace {
  made += 1;
  return bareOf(join(top, `hostile-${made}.git`), TREE);
}

async function readAll(place: ObjectPlace) {
  await objects.readCommit(place);
  const loaded = await objects.load(place, CONTENT_KEYS);
  await objects.layOut(place, ['SCOPE.md', '.gitattributes'], async () => {});
  return loaded['SCOPE.md']?.value;
}

const OWN = { state: 'present', text: 'own text' };

describe('a bare repository', () => {
  it('when its configuration names programs, then none is started', async () => {
    const place = hostile();
    const start = `touch ${mark}`;
    const config = `[core]
	fsmonitor = ${start}
	sshCommand = ${start}
	pager = ${start}
	hooksPath = ${place.folder}/hooks
	alternateRefsCommand = ${start}
	worktree = ${top}
	repositoryFormatVersion = 1
[extensions]
	partialClone = evil
[remote "evil"]
	url = ext::sh -c "${start}"
	promisor = true
	partialCloneFilter = blob:none
[protocol "ext"]
	allow = always
[filter "evil"]
	smudge = ${start}
	clean = ${start}
	process = ${start}
	required = true
[uploadpack]
	packObjectsHook = ${start}
[include]
	path = ${top}/included
`;
    writeFileSync(join(top, 'included'), `[alias]\n\tcat-file = !${start}\n`);
    writeFileSync(join(place.folder, 'config'), config);
    mkdirSync(join(place.folder, 'hooks'), { recursive: true });
    for (const name of ['post-checkout', 'reference-transaction', 'post-index-change'])
      writeFileSync(join(place.folder, 'hooks', name), `#!/bin/sh\n${start}\n`, { mode: 0o755 });
    expect(await readAll(place)).toEqual(OWN);
    // A blob that is missing would be fetched from the remote by git.
    const id = (await objects.readCommit(place)).versions['SCOPE.md'].slice('100644:'.length);
    rmSync(objectFile(place.folder, id));
    await expect(readAll(place)).rejects.toMatchObject({ code: 'objects_unreadable' });
    expect(existsSync(mark)).toBe(false);
  });

  it.each<[string, (place: ObjectPlace) => void]>([
    [
      'names the objects of another as alternates',
      ({ folder }) => writeFileSync(join(folder, 'objects/info/alternates'), `${secret.folder}/objects\n`),
    ],
    [
      'names alternates in the web',
      ({ folder }) => writeFileSync(join(folder, 'objects/info/http-alternates'), 'https://example.org/\n'),
    ],
    ['has its objects behind a link', ({ folder }) => replaceByLink(folder, 'objects')],
    ['has its packs behind a link', ({ folder }) => replaceByLink(folder, 'objects/pack')],
    [
      'has one folder of objects behind a link',
      ({ folder }) => {
        const name = `objects/${secret.commit.slice(0, 2)}`;
        rmSync(join(folder, name), { recursive: true, force: true });
        symlinkSync(join(secret.folder, name), join(folder, name));
      },
    ],
    [
      'has one pack behind a link',
      ({ folder }) => symlinkSync(join(secret.folder, 'x.pack'), join(folder, 'objects/pack/pack-x.pack')),
    ],
    ...['info/commit-graph', 'pack/pack-aaaa.idx', 'info/commit-graphs/commit-graph-chain'].map(
      (name): [string, (place: ObjectPlace) => void] => [
        `has a pipe at objects/${name}`,
        ({ folder }) => {
          const path = join(folder, 'objects', name);
          mkdirSync(dirname(path), { recursive: true });
          execFileSync('mkfifo', [path]);
        },
      ],
    ),
  ])('when it %s, then that is a failure with a remedy', async (_, attack) => {
    const place = hostile();
    attack(place);
    for (const commit of [place.commit, secret.commit]) {
      await expect(objects.readCommit({ ...place, commit })).rejects.toMatchObject({
        code: 'objects_unreadable',
        message: expect.stringContaining('are not read:'),
      });
    }
  });

  it.each(['', '^{tree}', ':workplans', ':SCOPE.md', ':.claude'])(
    'when a pipe is in the place of the object COMMIT%s, then that is a failure at once, and git is not started for it',
    async (path) => {
      const place = bareOf(join(top, `pipe-${made++}.git`), {
        ...TREE,
        '.claude': { rules: { 'a.md': 'a' } },
      });
      const file = objectFile(place.folder, git(place.folder, 'rev-parse', place.commit + path));
      rmSync(file);
      execFileSync('mkfifo', [file]);
      await expect(readAll(place)).rejects.toMatchObject({
        code: 'objects_unreadable',
        message: expect.stringContaining(`${file} is not a regular file`),
      });
    },
  );

  it('when one object is a link to another repository, then that is a failure', async () => {
    const place = hostile();
    const { versions } = await objects.readCommit(secret);
    const id = versions['SCOPE.md'].slice('100644:'.length);
    const tree = writeTree(place.folder, { 'SCOPE.md': { mode: '100644', id } });
    const commit = writeCommit(place.folder, tree);
    mkdirSync(join(place.folder, 'objects', id.slice(0, 2)), { recursive: true });
    symlinkSync(objectFile(secret.folder, id), objectFile(place.folder, id));
    await expect(objects.load(placeOf(place.folder, commit), ['SCOPE.md'])).rejects.toMatchObject({
      code: 'objects_unreadable',
      message: expect.stringContaining('is a link'),
    });
  });

  it('when an index of its packs names those of another, then nothing of that is read', async () => {
    const place = hostile();
    git(secret.folder, 'repack', '-q', '-a', '-d');
    git(secret.folder, 'multi-pack-index', 'write');
    const index = readFileSync(join(secret.folder, 'objects/pack/multi-pack-index'));
    mkdirSync(join(place.folder, 'objects/pack'), { recursive: true });
    writeFileSync(
      join(place.folder, 'objects/pack/multi-pack-index'),
      renamePacks(index, (name) => join('../../../secret.git/objects/pack', name)),
    );
    // git itself would read them.
    expect(git(place.folder, 'cat-file', '-t', secret.commit)).toBe('commit');
    await expect(objects.readCommit({ ...place, commit: secret.commit })).rejects.toMatchObject({
      code: 'objects_unreadable',
    });
    expect(await readAll(place)).toEqual(OWN);
  });

  it('when an object says that it is very large, then git does not take memory for it', async () => {
    const place = hostile();
    const id = 'a'.repeat(40);
    mkdirSync(join(place.folder, 'objects/aa'));
    writeFileSync(objectFile(place.folder, id), deflateSync(`commit ${3 * 2 ** 30}\0tree`));
    await expect(objects.readCommit({ ...place, commit: id })).rejects.toMatchObject({
      code: 'objects_unreadable',
      message: expect.stringContaining('than git may take memory for'),
    });
  });

  it('when it names the commit of another, then nothing of that is read', async () => {
    const place = hostile();
    writeFileSync(join(place.folder, 'commondir'), `${secret.folder}\n`);
    await expect(objects.readCommit({ ...place, commit: secret.commit })).rejects.toMatchObject({
      code: 'objects_unreadable',
    });
    expect(await readAll(place)).toEqual(OWN);
  });

  it('when it replaces or grafts its commit, then the commit itself is read', async () => {
    const place = hostile();
    const other = writeCommit(place.folder, writeTree(place.folder, { 'SCOPE.md': 'replaced' }));
    git(place.folder, 'replace', place.commit, other);
    mkdirSync(join(place.folder, 'info'), { recursive: true });
    writeFileSync(join(place.folder, 'info/grafts'), `${place.commit} ${other}\n`);
    writeFileSync(join(place.folder, 'shallow'), `${other}\n`);
    expect(await readAll(place)).toEqual(OWN);
  });
});

/** Gives the packs of a multi-pack-index other names: see gitformat-pack(5). */
function renamePacks(index: Buffer, rename: (name: string) => string): Buffer {
  const count = index.readUInt8(6);
  const rows = Array.from({ length: count + 1 }, (_, at) => ({
    id: index.toString('latin1', 12 + 12 * at, 16 + 12 * at),
    start: Number(index.readBigUInt64BE(16 + 12 * at)),
  }));
  let at = rows[0]?.start ?? 0;
  const table: Buffer[] = [];
  const chunks: Buffer[] = [];
  for (const [number, { id, start }] of rows.entries()) {
    const old = index.subarray(start, rows[number + 1]?.start ?? start);
    const names = old.toString('latin1').replaceAll(/[^\0]+/g, (name) => rename(name));
    const chunk = id === 'PNAM' ? Buffer.from(names.padEnd(Math.ceil(names.length / 4) * 4, '\0')) : old;
    const row = Buffer.alloc(12);
    row.write(id, 'latin1');
    row.writeBigUInt64BE(BigInt(at), 4);
    table.push(row);
    chunks.push(chunk);
    at += chunk.length;
  }
  const whole = Buffer.concat([index.subarray(0, 12), ...table, ...chunks]);
  return Buffer.concat([whole, createHash('sha1').update(whole).digest()]);
}

function replaceByLink(folder: string, name: string): void {
  renameSync(join(folder, name), join(folder, 'moved'));
  symlinkSync(join(folder, 'moved'), join(folder, name));
}
