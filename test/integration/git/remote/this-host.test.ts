/** Tests contacts in what depends on this host: its user's settings of ssh, and whether the mirrors can be written. */
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { contact } from '../../../../src/git/remote/contact.js';
import { fetchObjects } from '../../../../src/git/remote/fetch-objects.js';
import { withMirrorErrors, writeError } from '../../../../src/git/remote/mirror-errors.js';
import { commit, git, push } from '../../../helpers/git-repository.js';
import { type Arena, makeArena } from './arena.js';

const LIMITS = { totalBytes: 2 ** 20, singleBytes: 2 ** 20, timeoutMs: 20_000 };

let arena: Arena;
/** An ssh that runs the command here, and drops GIT_PROTOCOL as sshd does unless it is set to accept that. */
let ssh: string;
beforeAll(async () => {
  arena = await makeArena('this-host');
  ssh = join(arena.folder, 'fake-ssh');
  const log = join(arena.folder, 'ssh.log');
  const script = `#!/bin/sh\necho "$@" >>${log}\nwhile [ $# -gt 1 ]; do shift; done\nunset GIT_PROTOCOL\nexec sh -c "$1"\n`;
  writeFileSync(ssh, script);
  chmodSync(ssh, 0o755);
});
afterAll(() => arena.close());

/** With that program as `core.sshCommand` of the worker's user. */
function withSsh() {
  const config = join(arena.folder, 'user.config');
  writeFileSync(config, `[core]\n\tsshCommand = ${ssh} -i own-key\n`);
  return {
    ...arena.deps,
    environment: { ...arena.deps.environment, GIT_CONFIG_GLOBAL: config, GIT_SSH_VARIANT: 'ssh' },
  };
}

it('when a server sends no object by its id, then the mirror gets them all, and the next contact keeps that', async () => {
  const remote = arena.remote();
  const deps = withSsh();
  const wanted = { url: `ssh://host${remote.path}`, branch: null, folder: remote.mirror };
  await contact(deps, wanted);
  // The settings of the user count, and those that keep ssh from asking.
  expect(readFileSync(join(arena.folder, 'ssh.log'), 'utf8')).toMatch(/^-i own-key -oBatchMode=yes /m);
  const id = git(remote.author, 'rev-parse', 'HEAD:README.md');
  await fetchObjects(deps, { folder: remote.mirror, ids: [id], limits: LIMITS });
  expect(git(remote.mirror, 'cat-file', '-t', id)).toBe('blob');
  expect(await contact(deps, wanted)).toMatchObject({ fetched: false });
  commit(remote.author, 'next.txt');
  push(remote.author);
  expect(await contact(deps, wanted)).toMatchObject({ fetched: true, isNew: false });
  const made = await contact(deps, { ...wanted, isDamaged: true });
  const next = git(remote.author, 'rev-parse', 'HEAD:next.txt');
  expect([made.isNew, git(remote.mirror, 'cat-file', '-t', next)]).toEqual([true, 'blob']);
});

it('when the mirrors cannot be written, then the error names the setting', async () => {
  const remote = arena.remote();
  const url = `file://${remote.path}`;
  const refused = { code: 'file_unreadable', message: expect.stringContaining('DOI_MIRRORS') };
  mkdirSync(dirname(remote.mirror), { recursive: true });
  const denied = Object.assign(new Error('denied'), { code: 'EACCES' });
  await expect(withMirrorErrors(() => Promise.reject(denied))).rejects.toMatchObject(refused);
  const full = Object.assign(new Error('full'), { code: 'ENOSPC' });
  await expect(withMirrorErrors(() => Promise.reject(full))).rejects.toMatchObject({
    code: 'host_exhausted',
  });
  // A file where a folder should be is refused to root too.
  const folder = join(remote.path, 'HEAD', 'x.git');
  const contacted = contact(arena.deps, { url, branch: null, folder });
  await expect(contacted).rejects.toMatchObject({ code: 'file_unreadable', message: refused.message });
});

it.each([
  ["error: Unable to create '/m/x.git/shallow.lock': Permission denied", 'file_unreadable'],
  [
    "fatal: Unable to create temporary file '/m/x.git/objects/pack/tmp': Read-only file system",
    'file_unreadable',
  ],
  ['error: insufficient permission for adding an object to repository database objects', 'file_unreadable'],
  ['fatal: write error: No space left on device', 'host_exhausted'],
  ["fatal: could not read '/srv/other.git/HEAD': Permission denied", undefined],
  ["remote: '/m/x.git/config': Permission denied", undefined],
  ['remote: No space left on device', undefined],
  ['git@h: Permission denied (publickey).', undefined],
])('when git printed %j, then the error of its own repository is %s', (messages, code) =>
  expect(writeError(messages, '/m/x.git')?.code).toBe(code),
);
