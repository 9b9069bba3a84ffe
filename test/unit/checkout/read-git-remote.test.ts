import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { appendFile, mkdir, rename, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { findRemote, findStorableRemote, readGitRemote } from '../../../src/checkout/read-git-remote.js';
import { ownUrlRules } from '../../../src/checkout/short-remotes.js';
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
    expect(await findRemote(root)).toMatchObject({ url: 'git@h.example:a "b" #c\\d.git' });
  });

  it('follows no include, so that no file outside is read', async () => {
    await writeFile(join(root, 'other'), CONFIG);
    await writeFile(join(root, '.git/config'), `[include]\n\tpath = ${join(root, 'other')}\n`);
    expect(await readGitRemote(root)).toBeNull();
  });

  it('is none without a configuration, and says why for one that is a link, a pipe, a folder or too large', async () => {
    const file = join(root, '.git/config');
    expect(await findRemote(root)).toEqual({ url: null });
    await writeFile(join(root, 'outside'), CONFIG);
    const kinds: Record<string, () => unknown> = {
      'is a link that leads out': () => symlink(join(root, 'outside'), file),
      'is a pipe': () => execFileSync('mkfifo', [file]),
      'is a folder': () => mkdir(file),
      'is larger than 256 KiB': () => writeFile(file, CONFIG + '#'.repeat(256 * 1024)),
    };
    for (const [why, make] of Object.entries(kinds)) {
      await make();
      expect(await findRemote(root), why).toEqual({
        url: null,
        problem: { note: expect.stringContaining(`config ${why}`) },
      });
      await rename(file, join(root, `was-${why}`));
    }
  });

  it('takes the remote of the branch that is checked out where several have no origin among them', async () => {
    const branch = '[branch "main"]\n\tremote = fork\n';
    const remotes = ['upstream', 'fork'].map(
      (name) => `[remote "${name}"]\n\turl = https://h.example/${name}/b\n`,
    );
    await writeFile(join(root, '.git/config'), remotes.join('') + branch);
    await writeFile(join(root, '.git/HEAD'), 'ref: refs/heads/main\n');
    expect(await readGitRemote(root)).toBe('https://h.example/fork/b');
    await writeFile(join(root, '.git/HEAD'), 'ref: refs/heads/other\n');
    expect(await findRemote(root)).toMatchObject({
      url: null,
      problem: { note: expect.stringContaining('2 remotes') },
    });
  });

  it('says why a remote is not stored, without showing it', async () => {
    await writeFile(join(root, '.git/config'), CONFIG.replace('https://', 'ext::sh -c secret@'));
    const found = await findStorableRemote(root);
    expect(found).toEqual({
      url: null,
      problem: { note: expect.stringMatching(/^The remote is not stored: .*helper/) },
    });
    expect(JSON.stringify(found)).not.toContain('secret');
  });
});

describe('a short form of a remote', () => {
  const rule = '[url "https://me:secret@h.example/"]\n\tinsteadOf = hub:\n';
  beforeEach(() => writeFile(join(root, '.git/config'), '[remote "origin"]\n\turl = hub:acme/widget\n'));

  it("is what git would use by this person's configuration, files that it includes among them", async () => {
    await writeFile(join(root, '.gitconfig'), '[include]\n\tpath = more\n');
    await writeFile(join(root, 'more'), rule);
    const rules = ownUrlRules({ PATH: process.env['PATH'], HOME: root, GIT_CONFIG_NOSYSTEM: '1' });
    expect(await findStorableRemote(root, rules)).toEqual({ url: 'https://h.example/acme/widget' });
  });

  it("is what git would use by the repository's own configuration, without asking git", async () => {
    await appendFile(join(root, '.git/config'), rule);
    expect(await readGitRemote(root)).toBe('https://h.example/acme/widget');
  });

  it.each([
    [
      'git knows nothing of it',
      () => ownUrlRules({ PATH: process.env['PATH'], HOME: root, GIT_CONFIG_NOSYSTEM: '1' }),
    ],
    ['git is not installed', () => ownUrlRules({ PATH: root, HOME: root })],
    ['git is not run', () => undefined],
  ])('is kept, with the warning that pushes will not match it, where %s', async (_, rules) => {
    expect(await findStorableRemote(root, rules())).toEqual({
      url: 'hub:acme/widget',
      problem: {
        note: expect.stringMatching(/^Its remote hub:acme\/widget .* will not match it\.$/),
        remedy: expect.stringContaining('git remote set-url origin URL'),
      },
    });
    expect(await readGitRemote(root), 'to compare with').toBeNull();
  });

  it('is read by git outside of the checkout, and registering goes on if git fails', async () => {
    await writeFile(join(root, 'git'), `#!/bin/sh\npwd > ${join(root, 'where')}\nexit 3\n`, { mode: 0o755 });
    const found = await findRemote(root, ownUrlRules({ PATH: root }));
    expect(found.problem?.note).toContain('will not match');
    expect(readFileSync(join(root, 'where'), 'utf8')).toBe('/\n');
  });
});
