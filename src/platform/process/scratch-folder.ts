/**
 * Makes the scratch folder of a process. Promise: however a process ended, its scratch folder is gone after the next start
 * of this program by the same user.
 */
import { execFile } from 'node:child_process';
import { lstatSync } from 'node:fs';
import { chmod, mkdtemp, readdir, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { isMarkAlive, ownMark } from './process-mark.js';

const run = promisify(execFile);
const NAME = /^doi-scratch-(\d+-[\da-f]+-\d+)-/;

export interface ScratchFolder {
  /** Its real path. Other users may pass through it, and not list it. */
  readonly path: string;
  /** Makes an empty folder in it that only this user may enter. @returns its path */
  make(name: string): Promise<string>;
  close(): Promise<void>;
}

/**
 * Makes a scratch folder, and removes those of processes that have ended.
 * @param parent where the folders of all processes lie
 * @throws the file system's own error
 */
export async function openScratchFolder(parent: string = tmpdir()): Promise<ScratchFolder> {
  const real = await realpath(parent);
  await removeAbandoned(real);
  const path = await mkdtemp(join(real, `doi-scratch-${ownMark()}-`));
  await chmod(path, 0o711);
  return {
    path,
    make: (name) => mkdtemp(join(path, `${name}-`)),
    close: () => removeTree(path),
  };
}

/**
 * Removes a folder with all that is in it. Where this process is root, another user may own folders in it and replace one by
 * a link meanwhile: `rm` does not follow that, as Node would.
 */
export async function removeTree(path: string): Promise<void> {
  if (process.getuid?.() === 0) await run('rm', ['-rf', '--', path]);
  else await rm(path, { recursive: true, force: true, maxRetries: 3 });
}

async function removeAbandoned(parent: string): Promise<void> {
  for (const name of await readdir(parent)) {
    const mark = NAME.exec(name)?.[1];
    if (mark === undefined || isMarkAlive(mark) !== false) continue;
    const path = join(parent, name);
    if (isOwnFolder(path)) await removeTree(path);
  }
}

/** Whether it is a folder of this user: anyone may make one of that name where all programs have their temporary files. */
function isOwnFolder(path: string): boolean {
  const stat = lstatSync(path, { throwIfNoEntry: false });
  return stat?.isDirectory() === true && stat.uid === process.getuid?.();
}
