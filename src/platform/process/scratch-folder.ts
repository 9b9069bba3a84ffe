/**
 * Makes the scratch folder of a process. Promise: however a process ended, its scratch folder is gone after the next start
 * of this program by the same user.
 */
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { lstatSync, readlinkSync } from 'node:fs';
import { chmod, mkdtemp, readdir, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { errnoOf } from '../file-errors.js';
import { isAlive, processBirth } from './process-identity.js';

const run = promisify(execFile);
const NAME = /^doi-scratch-(\d+)-([\da-f]+)-(\d+)-/;

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
  const own = `doi-scratch-${process.pid}-${birthOf(process.pid)}-${processNamespace()}-`;
  const path = await mkdtemp(join(real, own));
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
    const [, pid = '', birth, namespace] = NAME.exec(name) ?? [];
    // A process of another namespace may be alive although its number is not known here.
    if (pid === '' || namespace !== processNamespace()) continue;
    if (isAlive(Number(pid)) && birthOf(Number(pid)) === birth) continue;
    const path = join(parent, name);
    if (isOwnFolder(path)) await removeTree(path);
  }
}

/** Whether it is a folder of this user: anyone may make one of that name where all programs have their temporary files. */
function isOwnFolder(path: string): boolean {
  const stat = lstatSync(path, { throwIfNoEntry: false });
  return stat?.isDirectory() === true && stat.uid === process.getuid?.();
}

/** When a process began, as some hexadecimal digits; `0` where the system does not say. */
function birthOf(pid: number): string {
  const birth = processBirth(pid);
  return birth === null ? '0' : createHash('sha256').update(birth).digest('hex').slice(0, 12);
}

/** The number of the namespace that this process's id is of; 0 where the system has none. */
function processNamespace(): string {
  try {
    return /\d+/.exec(readlinkSync('/proc/self/ns/pid'))?.[0] ?? '0';
  } catch (error) {
    if (errnoOf(error) === undefined) throw error;
    return '0';
  }
}
