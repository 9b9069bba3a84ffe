/** Remotes, a server before them, and a place for their mirrors. */
import { randomUUID } from 'node:crypto';
import { cpSync } from 'node:fs';
import { join } from 'node:path';
import { runSubprocess } from '../../../../src/checker/run-subprocess.js';
import type { MirrorDeps } from '../../../../src/git/remote/make-mirror.js';
import { KeyedMutex } from '../../../../src/platform/process/keyed-mutex.js';
import { git, makeRemote, PLAIN_GIT } from '../../../helpers/git-repository.js';
import { startGitServer } from '../../../helpers/git-server.js';
import { makeTempFolder, removeFolder } from '../../../helpers/temp-folder.js';

export interface Remote {
  /** Below the server. */
  readonly name: string;
  readonly path: string;
  readonly author: string;
  /** The folder of its mirror, which is not there yet. */
  readonly mirror: string;
}

export async function makeArena(name: string) {
  const folder = await makeTempFolder(name);
  const root = join(folder, 'remotes');
  const server = await startGitServer(root);
  const installation = randomUUID();
  const environment = { PATH: process.env['PATH'], HOME: folder, ...PLAIN_GIT };
  const deps: MirrorDeps = { run: runSubprocess, environment, turns: new KeyedMutex() };
  const template = join(folder, 'template');
  makeRemote(template);
  git(join(template, 'remote.git'), 'config', 'uploadpack.allowFilter', 'true');
  git(join(template, 'author'), 'config', 'remote.origin.url', '../remote.git');
  let count = 0;
  const remote = (): Remote => {
    count += 1;
    const path = join(root, String(count), 'remote.git');
    const author = join(root, String(count), 'author');
    cpSync(template, join(root, String(count)), { recursive: true });
    const mirror = join(folder, 'mirrors', installation, `${randomUUID()}.git`);
    return { name: `${count}/remote.git`, path, author, mirror };
  };
  return {
    ...{ folder, root, server, deps, remote, installation },
    mirrorRoot: join(folder, 'mirrors'),
    mirrors: join(folder, 'mirrors', installation),
    close: async () => {
      await server.close();
      await removeFolder(folder);
    },
  };
}

export type Arena = Awaited<ReturnType<typeof makeArena>>;
