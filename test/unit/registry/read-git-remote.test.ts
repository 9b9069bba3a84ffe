import { execFileSync } from 'node:child_process';
import { mkdir, rename, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readGitRemote, readRemoteUrl } from '../../../src/registry/read-git-remote.js';
import { makeTempFolder, removeFolder } from '../../helpers/temp-folder.js';

let root: string;
beforeEach(async () => {
  root = await makeTempFolder('remote');
  await mkdir(join(root, '.git'));
});
afterEach(() => removeFolder(root));

const CONFIG = '[remote "origin"]\n\turl = https://me:secret@h.example/a/b.git\n';

describe('reading the remote of a checkout', () => {
  it('gives the URL of origin without its password', async () => {
    await writeFile(join(root, '.git/config'), CONFIG);
    expect(await readGitRemote(root)).toBe('https://h.example/a/b.git');
  });

  it('reads what git itself has written', async () => {
    const git = (...args: string[]) => execFileSync('git', ['-C', root, ...args]);
    git('init', '--quiet');
    git('remote', 'add', 'origin', 'git@h.example:a "b" #c\\d.git');
    expect(await readRemoteUrl(root)).toBe('git@h.example:a "b" #c\\d.git');
  });

  it('follows no include, so that no file outside is read', async () => {
    await writeFile(join(root, 'other'), CONFIG);
    await writeFile(join(root, '.git/config'), `[include]\n\tpath = ${join(root, 'other')}\n`);
    expect(await readGitRemote(root)).toBeNull();
  });

  it('is null without a configuration, and for one that is a link, a pipe, a folder or too large', async () => {
    const file = join(root, '.git/config');
    expect(await readGitRemote(root)).toBeNull();
    await writeFile(join(root, 'outside'), CONFIG);
    const kinds: Record<string, () => unknown> = {
      link: () => symlink(join(root, 'outside'), file),
      pipe: () => execFileSync('mkfifo', [file]),
      folder: () => mkdir(file),
      large: () => writeFile(file, CONFIG + '#'.repeat(256 * 1024)),
    };
    for (const [name, make] of Object.entries(kinds)) {
      await make();
      expect(await readGitRemote(root), name).toBeNull();
      await rename(file, join(root, `was-${name}`));
    }
  });

  it('is null where .git is a link to another folder', async () => {
    await writeFile(join(root, '.git/config'), CONFIG);
    await rename(join(root, '.git'), join(root, 'elsewhere'));
    await symlink(join(root, 'elsewhere'), join(root, '.git'));
    expect(await readGitRemote(root)).toBeNull();
  });
});
