import { chmod, chown, lchown, link, mkdir, stat, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { dataFolderError, isOwnFile, ownFolder } from '../../../src/local/data-folder.js';
import { findLocalServices, servicesFile } from '../../../src/local/services-file.js';
import { makeTempFolder, removeFolder } from '../../helpers/temp-folder.js';

const OTHER = 54_321;

let root: string;
let dir: string;
beforeEach(async () => {
  root = await makeTempFolder('own');
  dir = join(root, 'data');
});
afterEach(() => removeFolder(root));

const refusal = (path: string, why: string) => ({
  code: 'bad_configuration',
  message: expect.stringContaining(`${path}, of the data folder, ${why}`),
  remedy: expect.stringContaining('DOI_DATA'),
});

describe('a data folder', () => {
  it('is created with all folders above it, and closed to other users', async () => {
    await ownFolder(join(dir, 'a/b'));
    expect((await stat(dir)).mode & 0o777).toBe(0o700);
    await expect(ownFolder(join(dir, 'a/b'))).resolves.toBeUndefined();
  });

  it('may be reached by a link of our own, and may hold one', async () => {
    await mkdir(join(root, 'disk/postgres'), { recursive: true });
    await mkdir(join(root, 'real'));
    await symlink('real', dir);
    await symlink('../disk/postgres', join(root, 'real/postgres'));
    await expect(ownFolder(dir)).resolves.toBeUndefined();
  });

  it('is refused where others can write it', async () => {
    await mkdir(dir);
    await chmod(dir, 0o1777);
    await expect(ownFolder(dir)).rejects.toMatchObject(refusal(dir, 'can be written by other users'));
  });

  it('is refused where others can replace it', async () => {
    await chmod(root, 0o777);
    await expect(ownFolder(dir)).rejects.toMatchObject(refusal(root, 'can be written by other users'));
  });

  it('is refused where a file in it has another name elsewhere', async () => {
    await mkdir(dir);
    await writeFile(join(root, 'precious'), '');
    await link(join(root, 'precious'), join(dir, 'web.log'));
    await expect(ownFolder(dir)).rejects.toMatchObject(refusal(join(dir, 'web.log'), 'has a second name'));
  });

  it('that cannot be used is named, with the setting', async () => {
    await writeFile(dir, '');
    const error = await ownFolder(join(dir, 'deeper')).catch((thrown: unknown) => thrown);
    expect(dataFolderError(error, join(dir, 'deeper'))).toMatchObject({
      code: 'bad_configuration',
      message: expect.stringMatching(/^The data folder \S+\/deeper cannot be used: ENOTDIR at /),
      remedy: expect.stringContaining('DOI_DATA'),
    });
    for (const fields of [
      { code: 'EACCES', path: root },
      { code: 'ENOSPC', syscall: 'write' },
    ]) {
      const thrown = Object.assign(new Error('x'), fields);
      expect(dataFolderError(thrown, dir)).toMatchObject({ code: 'bad_configuration' });
    }
    const elsewhere = Object.assign(new Error('x'), { code: 'ENOENT', path: `${dir}-other` });
    expect(dataFolderError(elsewhere, dir)).toBe(elsewhere);
  });
});

describe.runIf(process.getuid?.() === 0)('a data folder that another user prepared', () => {
  it('is refused whatever it contains', async () => {
    await mkdir(dir);
    await chown(dir, OTHER, OTHER);
    await expect(ownFolder(dir)).rejects.toMatchObject(refusal(dir, `belongs to another user (${OTHER})`));
  });

  it('is refused where that user owns the folder above it', async () => {
    await chown(root, OTHER, OTHER);
    await expect(ownFolder(dir)).rejects.toMatchObject(refusal(root, 'belongs to another user'));
  });

  it.each(['postgres', 'web.log'])(
    'is refused for %s in it, a link of that user to something of ours',
    async (name) => {
      await mkdir(dir);
      await mkdir(join(root, 'ours'));
      await symlink('../ours', join(dir, name));
      await lchown(join(dir, name), OTHER, OTHER);
      await expect(ownFolder(dir)).rejects.toMatchObject(
        refusal(join(dir, name), 'is a link of another user'),
      );
    },
  );

  it('is refused where a link of that user leads to it', async () => {
    await mkdir(join(root, 'ours'));
    await symlink('ours', dir);
    await lchown(dir, OTHER, OTHER);
    await expect(ownFolder(dir)).rejects.toMatchObject(refusal(dir, 'is a link of another user'));
  });

  it('is refused for a password in it, but not for what a server left there as its own user', async () => {
    await mkdir(dir);
    await writeFile(join(dir, 'password'), 'known');
    await chown(join(dir, 'password'), OTHER, OTHER);
    await expect(ownFolder(dir)).rejects.toMatchObject(
      refusal(join(dir, 'password'), 'belongs to another user'),
    );
    await expect(ownFolder(dir, [OTHER])).resolves.toBeUndefined();
  });

  it('does not let commands find the servers', async () => {
    await mkdir(dir);
    const record = { pid: process.pid, born: null, databaseUrl: 'postgres://x/y', redisUrl: 'redis://x' };
    await writeFile(servicesFile(dir), JSON.stringify(record));
    expect(await isOwnFile(servicesFile(dir))).toBe(true);
    await chown(servicesFile(dir), OTHER, OTHER);
    await expect(findLocalServices(dir)).rejects.toMatchObject(
      refusal(servicesFile(dir), 'belongs to another user'),
    );
  });
});
