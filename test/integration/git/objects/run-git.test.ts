/** Tests what git is run with to read objects: as which user, and with which folders of this program's own. */
import { chmodSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { MalformedObject, parseAnswers } from '../../../../src/git/objects/parse-objects.js';
import type { ScratchFolder } from '../../../../src/platform/process/scratch-folder.js';
import { makeTempFolder, removeFolder } from '../../../helpers/temp-folder.js';
import { bareOf, openObjects } from './repositories.js';

const NO_RIGHTS = 65_534;
const isRoot = process.getuid?.() === 0;

let top: string;
const opened: ScratchFolder[] = [];
beforeAll(async () => {
  top = await makeTempFolder('run-git');
  // Another user is to get as far as the repository.
  chmodSync(top, 0o755);
});
afterAll(async () => {
  for (const scratch of opened) await scratch.close();
  await removeFolder(top);
});

async function open(checkUser?: string) {
  const { objects, scratch } = await openObjects(top, { checkUser });
  opened.push(scratch);
  return { objects, scratch };
}

it.runIf(isRoot)(
  'when a folder is of this process’s user, then the user of checks need not enter',
  async () => {
    const place = bareOf(join(top, 'own.git'), { 'SCOPE.md': 'own' });
    chmodSync(place.folder, 0o700);
    const { objects } = await open(String(NO_RIGHTS));
    expect(await objects.readCommit(place)).toMatchObject({ commit: place.commit });
  },
);

it.runIf(isRoot)('when the user may not enter the folder, then the error names both', async () => {
  const place = bareOf(join(top, 'closed.git'), { 'SCOPE.md': 'closed' });
  chmodSync(place.folder, 0o700);
  const { objects } = await open();
  const owner = { uid: NO_RIGHTS, gid: NO_RIGHTS };
  await expect(objects.readCommit({ ...place, owner })).rejects.toMatchObject({
    code: 'file_unreadable',
    message: expect.stringContaining(`The user with the number ${NO_RIGHTS} may not read ${place.folder}`),
  });
});

it('when what cleans temporary folders removed empty ones, then objects are read all the same', async () => {
  const place = bareOf(join(top, 'plain.git'), { 'SCOPE.md': 'plain' });
  const { objects, scratch } = await open();
  await objects.readCommit(place);
  rmSync(join(scratch.path, 'sha1.git/refs'), { recursive: true });
  const next = bareOf(join(top, 'next.git'), { 'SCOPE.md': 'next' });
  expect(await objects.readCommit(next)).toMatchObject({ commit: next.commit });
});

it('when a path leads to a submodule, then git is understood in each of its forms', () => {
  const id = 'a'.repeat(40);
  const output = Buffer.from(`${id} submodule\n${id}:workplans missing\n`);
  expect(parseAnswers(output, [true, true])).toEqual([{ state: 'missing' }, { state: 'missing' }]);
  expect(() => parseAnswers(Buffer.from(`x submodule\n`), [true])).toThrow(MalformedObject);
});
